namespace InferenceServer.Kernels.Tests;

/// <summary>The scalar reference against double precision; the other variants equal it bit for bit.</summary>
public class SoftmaxTests
{
    [Fact]
    public void Moments_AnyFiniteRow_GivesLogProbsAndEntropyOfDoublePrecision()
    {
        foreach (var row in Rows.Finite())
        {
            var probabilities = Probabilities(row, 1);
            var moments = LogSoftmax.Moments(row, ArgMax.Max(row));
            double entropy = -probabilities.Where(p => p > 0).Sum(p => p * Math.Log(p));
            Assert.Equal(entropy, Entropy.Of(moments), 2e-5);
            for (int i = 0; i < row.Length; i += 1 + row.Length / 100)
            {
                if (probabilities[i] > 0)
                    Assert.Equal(Math.Log(probabilities[i]), moments.LogProb(row[i]), 1e-5 * Math.Max(1, Math.Abs(row[i])));
                else if (float.IsNaN(row[i]))
                    Assert.Equal(float.NegativeInfinity, moments.LogProb(row[i]));
            }
        }
    }

    [Fact]
    public void Moments_OneToken_IsCertain()
    {
        var moments = LogSoftmax.Moments([-3f], -3f);
        Assert.Equal(0f, moments.LogProb(-3f));
        Assert.Equal(0f, Entropy.Of(moments));
    }

    [Fact]
    public void Entropy_EqualLogits_IsTheLogarithmOfTheirNumber() =>
        Assert.Equal(Math.Log(151_936), Entropy.Of(LogSoftmax.Moments(Enumerable.Repeat(4f, 151_936).ToArray(), 4f)), 1e-5);

    [Theory]
    [InlineData(1f), InlineData(0.8f), InlineData(0.05f), InlineData(10f)]
    public void Weights_AnyFiniteRow_AreProportionalToDoublePrecision(float temperature)
    {
        foreach (var row in Rows.Finite())
        {
            var (weights, tiles) = (new float[row.Length], new float[Lanes.Tiles(row.Length)]);
            double total = Temperature.Weights(row, ArgMax.Max(row), temperature, weights, tiles);
            var probabilities = Probabilities(row, temperature);
            Assert.Equal(weights.Sum(w => (double)w), total, 1e-6 * total);
            Assert.Equal(total, tiles.Sum(t => (double)t), 1e-12 * total);
            for (int i = 0; i < row.Length; i++)
                Assert.Equal(probabilities[i], weights[i] / total, 1e-6 + 1e-4 * probabilities[i]);
        }
    }

    [Fact]
    public void Weights_ImpossibleTokens_AreExactlyZero()
    {
        var weights = new float[4];
        Temperature.Weights([0f, float.NaN, float.NegativeInfinity, -1000f], 0f, 1f, weights, new float[1]);
        Assert.Equal([1f, 0f, 0f, 0f], weights);
    }

    [Fact]
    public void Weights_SmallestTemperature_LeavesTheMaximumAlone()
    {
        var weights = new float[3];
        Assert.Equal(1, Temperature.Weights([1f, 0.9999f, -5f], 1f, Temperature.Smallest, weights, new float[1]));
        Assert.Equal([1f, 0f, 0f], weights);
    }

    internal static double[] Probabilities(float[] row, float temperature)
    {
        double max = row.Where(x => !float.IsNaN(x)).Max();
        var weights = row.Select(x => float.IsNaN(x) ? 0 : Math.Exp((x - max) / temperature)).ToArray();
        double total = weights.Sum();
        return [.. weights.Select(w => w / total)];
    }
}
