namespace InferenceServer.Kernels.Tests;

public class CategoricalTests
{
    [Theory]
    [InlineData(0.0, 1), InlineData(0.24, 1), InlineData(0.26, 3), InlineData(0.74, 3), InlineData(0.76, 4), InlineData(0.999999, 4)]
    public void Draw_Uniform_InvertsTheCumulativeSumInOrderOfId(double uniform, int expected)
    {
        float[] weights = [0f, 0.5f, 0f, 1f, 0.5f, 0f];
        Assert.Equal(expected, Categorical.Draw(weights, [2f], 2, uniform));
    }

    [Theory]
    [InlineData(1), InlineData(255), InlineData(256), InlineData(257), InlineData(5003)]
    public void Draw_LastInstant_IsATokenWithWeight(int length)
    {
        var row = Rows.Gaussian(length, 3);
        var (weights, tiles) = (new float[length], new float[Lanes.Tiles(length)]);
        double total = Temperature.Weights(row, ArgMax.Max(row), 1f, weights, tiles);
        weights.AsSpan(length / 2 + 1).Clear();
        total = Truncate.Apply(weights, new Cut(0f, int.MaxValue), tiles);
        Assert.Equal(length / 2, Categorical.Draw(weights, tiles, total, Math.BitDecrement(1.0)));
        Assert.Equal(length / 2, Categorical.Draw(weights, tiles, total * (1 + 1e-6), Math.BitDecrement(1.0)));   // a total that rounding made too large
    }
}
