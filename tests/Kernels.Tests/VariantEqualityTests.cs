namespace InferenceServer.Kernels.Tests;

/// <summary>Every variant that this machine supports gives the bits of the scalar one.</summary>
public class VariantEqualityTests
{
    [Fact]
    public void ArgMax_AnyRow_EqualsScalar()
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.All().Append([float.PositiveInfinity, 1f]).Append([1f, float.NaN, float.PositiveInfinity]))
            {
                Assert.Equal(ArgMax.Max(row, KernelVariant.Scalar), ArgMax.Max(row, variant));
                Assert.Equal(ArgMax.Of(row, KernelVariant.Scalar), ArgMax.Of(row, variant));
            }
    }

    [Fact]
    public void LogSoftmax_AnyFiniteRow_EqualsScalar()
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.Finite())
            {
                float max = ArgMax.Max(row, KernelVariant.Scalar);
                Assert.Equal(LogSoftmax.Moments(row, max, KernelVariant.Scalar), LogSoftmax.Moments(row, max, variant));
            }
    }

    [Theory]
    [InlineData(1f), InlineData(0.8f), InlineData(0.01f), InlineData(5f), InlineData(Temperature.Smallest)]
    public void Temperature_AnyFiniteRow_EqualsScalar(float temperature)
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.Finite())
            {
                var (expected, expectedTiles, expectedTotal) = Weights(row, temperature, KernelVariant.Scalar);
                var (weights, tiles, total) = Weights(row, temperature, variant);
                Assert.Equal(expected, weights);
                Assert.Equal(expectedTiles, tiles);
                Assert.Equal(expectedTotal, total);
            }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(40), InlineData(1000)]
    public void TopK_AnyFiniteRow_EqualsScalar(int k)
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.Finite())
            {
                var weights = Weights(row, 1f, KernelVariant.Scalar).Weights;
                var scratch = new float[row.Length + Lanes.Width];
                Assert.Equal(TopK.Find(weights, k, scratch, KernelVariant.Scalar), TopK.Find(weights, k, scratch, variant));
            }
    }

    [Theory]
    [InlineData(0f), InlineData(0.1f), InlineData(0.5f), InlineData(0.95f), InlineData(0.9999f)]
    public void TopP_AnyFiniteRow_EqualsScalarAndTruncatesAlike(float p)
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.Finite())
            {
                var (weights, tiles, total) = Weights(row, 0.8f, KernelVariant.Scalar);
                var scratch = new float[row.Length + Lanes.Width];
                var cut = TopP.Find(weights, p, total, scratch, KernelVariant.Scalar);
                Assert.Equal(cut, TopP.Find(weights, p, total, scratch, variant));

                var (other, otherTiles) = (weights.ToArray(), new float[tiles.Length]);
                Assert.Equal(Truncate.Apply(weights, cut, tiles, KernelVariant.Scalar), Truncate.Apply(other, cut, otherTiles, variant));
                Assert.Equal(weights, other);
                Assert.Equal(tiles, otherTiles);
            }
    }

    [Theory]
    [InlineData(1), InlineData(5), InlineData(20)]
    public void TopTokens_AnyRow_EqualsScalar(int n)
    {
        foreach (var variant in Rows.Vectorised())
            foreach (var row in Rows.All())
            {
                var (expectedIds, expectedLogits, ids, logits) = (new int[n], new float[n], new int[n], new float[n]);
                Assert.Equal(TopTokens.Select(row, expectedIds, expectedLogits, KernelVariant.Scalar), TopTokens.Select(row, ids, logits, variant));
                Assert.Equal(expectedIds, ids);
                Assert.Equal(expectedLogits, logits);
            }
    }

    private static (float[] Weights, float[] Tiles, double Total) Weights(float[] row, float temperature, KernelVariant variant)
    {
        var (weights, tiles) = (new float[row.Length], new float[Lanes.Tiles(row.Length)]);
        double total = Temperature.Weights(row, ArgMax.Max(row, KernelVariant.Scalar), temperature, weights, tiles, variant);
        return (weights, tiles, total);
    }
}
