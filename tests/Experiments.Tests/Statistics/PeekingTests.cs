using InferenceServer.Experiments.Statistics;
using MathNet.Numerics.Distributions;

namespace InferenceServer.Experiments.Tests.Statistics;

/// <summary>The promise of the whole folder, by simulation: a look after every observation from the first.</summary>
public sealed class PeekingTests
{
    private const double Alpha = 0.05;

    /// <summary>Above nominal by what 2,000 runs can be off by: three standard errors.</summary>
    private const double Most = Alpha + 3 * 0.0049;

    [Theory]
    [InlineData(0.5, 0.5, 2000)]
    [InlineData(0.5, 0.5, 100)]
    [InlineData(0.9, 0.5, 500)]
    [InlineData(0.02, 0.5, 100)]
    [InlineData(0.3, 0.1, 500)]
    public void Proportions_OfEqualArms_AreRarelyCalledDifferent(double p, double share, double horizon)
    {
        double Draw(Random random) => random.NextDouble() < p ? 1 : 0;
        PeekingResult result = new PeekingSimulation { Control = Draw, Arm = Draw, Share = share, Observations = 1500, Horizon = horizon, Alpha = Alpha }.Run(2000, seed: 1);
        Assert.InRange(result.Called, 0.001, Alpha);
        Assert.True(result.Naive > 3 * Alpha, $"The z-test called {result.Naive}: the simulation peeks too little to show anything.");
        Assert.InRange(result.Once, 0.025, Most);
    }

    [Theory]
    [InlineData(false, 2000)]
    [InlineData(false, 100)]
    [InlineData(true, 500)]
    public void Means_OfEqualArms_AreRarelyCalledDifferent(bool skewed, double horizon)
    {
        double Draw(Random random) => skewed ? -Math.Log(1 - random.NextDouble()) : Normal.Sample(random, 3, 2);
        PeekingResult result = new PeekingSimulation { Control = Draw, Arm = Draw, Kind = MetricKind.Mean, Observations = 1500, Horizon = horizon, Alpha = Alpha }.Run(2000, seed: 2);
        Assert.InRange(result.Called, 0.001, Alpha);
        Assert.True(result.Naive > 3 * Alpha);
    }

    [Fact]
    public void Proportions_WithAnEffect_AreCalledWithThePowerOfTheCalculator()
    {
        SampleSize size = SampleSize.OfProportion(baseline: 0.4, lift: 0.1);
        PeekingResult result = new PeekingSimulation
        {
            Control = random => random.NextDouble() < 0.4 ? 1 : 0,
            Arm = random => random.NextDouble() < 0.5 ? 1 : 0,
            Effect = 0.1,
            Observations = (int)size.Sequential,
            Horizon = 2 * size.FixedHorizon,
        }.Run(500, seed: 3);
        Assert.InRange(result.Called, 0.8, 0.9);
        Assert.InRange(result.Missed, 0, Alpha);
        Assert.True(result.Quantile(0.5) < size.FixedHorizon, "Half of the experiments should end before the fixed test would.");
    }
}
