namespace InferenceServer.Kernels.Tests;

public class TopTokensTests
{
    [Theory]
    [InlineData(1), InlineData(5), InlineData(20)]
    public void Select_AnyRow_EqualsSorting(int n)
    {
        foreach (var row in Rows.All())
        {
            var expected = Enumerable.Range(0, row.Length).Where(i => row[i] > float.NegativeInfinity).OrderByDescending(i => row[i]).ThenBy(i => i).Take(n).ToArray();
            var (ids, logits) = (new int[n], new float[n]);
            int count = TopTokens.Select(row, ids, logits);
            Assert.Equal(expected, ids[..count]);
            Assert.Equal(expected.Select(i => row[i]), logits[..count]);
        }
    }

    [Fact]
    public void Select_None_IsEmpty() => Assert.Equal(0, TopTokens.Select([1f, 2f], [], []));
}
