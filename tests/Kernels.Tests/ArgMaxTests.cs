namespace InferenceServer.Kernels.Tests;

public class ArgMaxTests
{
    [Theory]
    [InlineData(new[] { 1f }, 0)]
    [InlineData(new[] { 1f, 3f, 3f, 2f }, 1)]                                                     // ties: the lowest id
    [InlineData(new[] { float.NaN, -5f, float.NaN }, 1)]
    [InlineData(new[] { float.NaN, float.NaN }, 0)]
    [InlineData(new[] { float.NegativeInfinity, float.NegativeInfinity }, 0)]
    [InlineData(new[] { 1f, float.PositiveInfinity, float.PositiveInfinity }, 1)]
    [InlineData(new[] { -1f, -0f, 0f }, 1)]                                                       // both zeros are equal
    public void Of_EdgeRow_IsDefined(float[] row, int expected)
    {
        foreach (var variant in KernelVariants.Supported)
            Assert.Equal(expected, ArgMax.Of(row, variant));
    }

    [Fact]
    public void Of_EveryPosition_IsFound()
    {
        foreach (var variant in KernelVariants.Supported)
            foreach (int length in Rows.Lengths.Where(n => n < 300))
                for (int at = 0; at < length; at++)
                {
                    var row = new float[length];
                    row[at] = 1;
                    Assert.Equal(at, ArgMax.Of(row, variant));
                }
    }
}
