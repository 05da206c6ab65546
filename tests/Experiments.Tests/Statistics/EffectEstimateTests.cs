using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class EffectEstimateTests
{
    [Fact]
    public void Of_Proportions_EqualsTheFormulaWorkedOutElsewhere()
    {
        EffectEstimate estimate = EffectEstimate.Of(SampleMoments.OfProportion(40, 100), SampleMoments.OfProportion(55, 100), MetricKind.Proportion)!.Value;
        Assert.Equal(0.15, estimate.Effect, 12);
        Assert.Equal(Math.Sqrt((24 + 1 + 24.75 + 1) / 10000), estimate.StandardError, 12);
        Assert.Equal(200, estimate.Size, 12);
    }

    [Fact]
    public void Of_UnequalArms_CountsWhatABalancedExperimentWouldKnow() =>
        Assert.Equal(36, EffectEstimate.Of(SampleMoments.OfProportion(40, 90), SampleMoments.OfProportion(5, 10), MetricKind.Proportion)!.Value.Size, 12);

    [Fact]
    public void Of_FirstAnswersAllRight_HasAStandardErrorAllTheSame()
    {
        EffectEstimate estimate = EffectEstimate.Of(SampleMoments.OfProportion(0, 3), SampleMoments.OfProportion(3, 3), MetricKind.Proportion)!.Value;
        Assert.Equal(Math.Sqrt(2) / 3, estimate.StandardError, 12);
    }

    [Theory]
    [InlineData(MetricKind.Proportion, 0, 5)]
    [InlineData(MetricKind.Mean, 19, 500)]
    [InlineData(MetricKind.Mean, 500, 19)]
    public void Of_TooFewValues_IsNull(MetricKind kind, int control, int arm) =>
        Assert.Null(EffectEstimate.Of(SampleMoments.OfProportion(control / 2, control), SampleMoments.OfProportion(arm / 2, arm), kind));

    [Fact]
    public void Of_Covariate_LeavesWhatItDoesNotExplain()
    {
        // value = 10 x covariate + noise + 3 in the arm: with the covariate the noise alone is left.
        var random = new Random(1);
        SampleMoments control = Sample(random, 400, 0), arm = Sample(random, 400, 3);
        EffectEstimate with = EffectEstimate.Of(control, arm, MetricKind.Mean)!.Value;
        EffectEstimate without = EffectEstimate.Of(Plain(control), Plain(arm), MetricKind.Mean)!.Value;
        Assert.InRange(with.StandardError, 0.065, 0.076);
        Assert.InRange(without.StandardError, 0.65, 0.76);
        Assert.InRange(with.Effect, 3 - 3 * with.StandardError, 3 + 3 * with.StandardError);

        static SampleMoments Sample(Random random, int count, double effect) => SampleMomentsTests.Of(
            Enumerable.Range(0, count).Select(_ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1)).ToArray()
                .Select(x => (10 * x + effect + MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1), x)));
        static SampleMoments Plain(SampleMoments moments) => new(moments.Count, moments.Mean, moments.M2);
    }

    [Fact]
    public void Of_Ramp_ComparesInsidePeriods()
    {
        // Easy day at 90 : 10, hard day at 10 : 90; the arm is ten points better on both, and looks worse when pooled.
        (SampleMoments, SampleMoments)[] periods =
        [
            (SampleMoments.OfProportion(720, 900), SampleMoments.OfProportion(90, 100)),
            (SampleMoments.OfProportion(20, 100), SampleMoments.OfProportion(270, 900)),
        ];
        EffectEstimate estimate = EffectEstimate.Of(periods, MetricKind.Proportion)!.Value;
        Assert.Equal(0.1, estimate.Effect, 12);
        Assert.Equal(720, estimate.Size, 12);
        Assert.True(EffectEstimate.Of(SampleMoments.OfProportion(740, 1000), SampleMoments.OfProportion(360, 1000), MetricKind.Proportion)!.Value.Effect < 0);
    }

    [Fact]
    public void Of_PeriodWithoutAnArm_IsLeftOut()
    {
        (SampleMoments, SampleMoments) full = (SampleMoments.OfProportion(5, 10), SampleMoments.OfProportion(6, 10));
        Assert.Equal(EffectEstimate.Of([full], MetricKind.Proportion), EffectEstimate.Of([(SampleMoments.OfProportion(9, 9), default), full], MetricKind.Proportion));
        Assert.Null(EffectEstimate.Of([], MetricKind.Proportion));
    }
}
