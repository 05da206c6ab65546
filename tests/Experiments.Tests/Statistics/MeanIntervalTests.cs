using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class MeanIntervalTests
{
    [Theory]
    [InlineData(30, 100, 0.16565154, 0.46283987)]
    [InlineData(0, 20, 0, 0.22400611)]
    [InlineData(1, 1, 0.02500000, 1)]
    public void Of_AProportion_EqualsTheFormulaWorkedOutElsewhere(long successes, long trials, double low, double high)
    {
        Interval interval = MeanInterval.Of(SampleMoments.OfProportion(successes, trials), MetricKind.Proportion)!.Value;
        Assert.Equal((double)successes / trials, interval.Estimate, 12);
        Assert.Equal(low, interval.Low, 7);
        Assert.Equal(high, interval.High, 7);
    }

    [Fact]
    public void Of_AMean_IsTheBoundaryAroundIt()
    {
        SampleMoments sample = SampleMoments.OfProportion(30, 100);
        Assert.Equal(0.3 + new NormalMixture(0.05, 1000).Width(100) * Math.Sqrt(21 + 21.0 / 99) / 100, MeanInterval.Of(sample, MetricKind.Mean)!.Value.High, 12);
    }

    [Fact]
    public void Of_FewValues_IsNull()
    {
        Assert.Null(MeanInterval.Of(default, MetricKind.Proportion));
        Assert.Null(MeanInterval.Of(SampleMoments.OfProportion(9, 19), MetricKind.Mean));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    public void Of_LookedAtAfterEveryValue_RarelyMissesTheMean(double p)
    {
        const int Runs = 1000;
        var random = new Random(7);
        int missed = 0;
        for (int run = 0; run < Runs; run++)
        {
            SampleMoments sample = default;
            for (int n = 0; n < 500; n++)
            {
                sample = sample.Add(random.NextDouble() < p ? 1 : 0);
                if (!MeanInterval.Of(sample, MetricKind.Proportion)!.Value.Contains(p))
                {
                    missed++;
                    break;
                }
            }
        }
        Assert.InRange((double)missed / Runs, 0.001, 0.05);
    }
}
