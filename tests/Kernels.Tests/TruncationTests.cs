namespace InferenceServer.Kernels.Tests;

/// <summary>What top-k, top-p and min-p keep, against sorting.</summary>
public class TruncationTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(10), InlineData(40), InlineData(500)]
    public void TopK_AnyFiniteRow_KeepsWhatSortingKeeps(int k)
    {
        foreach (var row in Rows.Finite())
        {
            var weights = Weights(row, 0.8f);
            var expected = Order(weights).Take(k).Where(i => weights[i] > 0).Order().ToArray();
            Assert.Equal(expected, Kept(weights, TopK.Find(weights, k, Scratch(row))));
        }
    }

    [Theory]
    [InlineData(0f), InlineData(1e-6f), InlineData(0.3f), InlineData(0.9f), InlineData(0.95f), InlineData(0.999f)]
    public void TopP_AnyFiniteRow_KeepsTheSmallestSetThatHoldsTheMass(float p)
    {
        foreach (var row in Rows.Finite())
        {
            var weights = Weights(row, 0.8f);
            double total = weights.Sum(w => (double)w);
            var kept = Kept(weights, TopP.Find(weights, p, total, Scratch(row)));

            // A prefix of the sorted order, long enough, and not long enough without its last: up to the rounding of the sums.
            Assert.Equal(Order(weights).Take(kept.Length).Order(), kept);
            Assert.NotEmpty(kept);
            double mass = kept.Sum(i => (double)weights[i]), last = kept.Min(i => weights[i]);
            Assert.True(mass >= (p - 2e-6) * total, $"{row.Length} logits: {mass / total} of the mass is kept, {p} was asked");
            Assert.True(kept.Length == 1 || mass - last < (p + 2e-6) * total, $"{row.Length} logits: {(mass - last) / total} without the lightest token is still {p}");
        }
    }

    [Fact]
    public void TopP_One_KeepsEverything() => Assert.Equal(Cut.None, TopP.Find([1f, 0.5f], 1f, 1.5, new float[2 + Lanes.Width]));

    [Theory]
    [InlineData(2), InlineData(3), InlineData(1_000_000)]
    public void TopK_NotBelowTheVocabulary_KeepsEverything(int k) => Assert.Equal(Cut.None, TopK.Find([1f, 0.5f], k, new float[2 + Lanes.Width]));

    [Fact]
    public void TopK_ZeroOrNegative_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => TopK.Find([1f], 0, new float[1 + Lanes.Width]));

    [Fact]
    public void Find_EqualWeights_KeepsTheLowestIds()
    {
        var weights = Enumerable.Repeat(1f, 1000).ToArray();
        Assert.Equal(Enumerable.Range(0, 7), Kept(weights, TopK.Find(weights, 7, new float[1000 + Lanes.Width])));
        Assert.Equal(Enumerable.Range(0, 500), Kept(weights, TopP.Find(weights, 0.5f, 1000, new float[1000 + Lanes.Width])));
        Assert.Equal([0], Kept(weights, TopP.Find(weights, 1e-9f, 1000, new float[1000 + Lanes.Width])));
    }

    [Fact]
    public void MinP_Share_KeepsTokensNearTheMostProbable()
    {
        float[] weights = [1f, 0.5f, 0.1f, 0.099f];
        Assert.Equal([0, 1, 2], Kept(weights, MinP.Find(0.1f)));
        Assert.Equal([0, 1, 2, 3], Kept(weights, MinP.Find(0f)));
        Assert.Equal([0], Kept(weights, MinP.Find(1f)));
        Assert.Equal([0], Kept(weights, MinP.Find(7f)));
    }

    [Fact]
    public void Strictest_TwoCuts_KeepsWhatBothKeep()
    {
        Assert.Equal(new Cut(0.5f, 2), Cut.Strictest(new Cut(0.5f, 2), new Cut(0.25f, 1)));
        Assert.Equal(new Cut(0.5f, 1), Cut.Strictest(new Cut(0.5f, 2), new Cut(0.5f, 1)));
        Assert.Equal(new Cut(0.5f, 2), Cut.Strictest(Cut.None, new Cut(0.5f, 2)));
    }

    private static float[] Weights(float[] row, float temperature)
    {
        var weights = new float[row.Length];
        Temperature.Weights(row, ArgMax.Max(row), temperature, weights, new float[Lanes.Tiles(row.Length)]);
        return weights;
    }

    private static float[] Scratch(float[] row) => new float[row.Length + Lanes.Width];

    private static IEnumerable<int> Order(float[] weights) => Enumerable.Range(0, weights.Length).OrderByDescending(i => weights[i]).ThenBy(i => i);

    private static int[] Kept(float[] weights, Cut cut)
    {
        var truncated = weights.ToArray();
        Truncate.Apply(truncated, cut, new float[Lanes.Tiles(weights.Length)]);
        return [.. Enumerable.Range(0, weights.Length).Where(i => truncated[i] > 0)];
    }
}
