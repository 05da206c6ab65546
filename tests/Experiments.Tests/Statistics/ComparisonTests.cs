using System.Text.Json;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class ComparisonTests
{
    private static readonly ComparisonOptions Options = new();

    [Fact]
    public void Of_Proportions_EqualsTheFormulaWorkedOutElsewhere()
    {
        Comparison comparison = Comparison.Of(SampleMoments.OfProportion(400, 1000), SampleMoments.OfProportion(500, 1000), Options);
        Interval interval = comparison.Interval!.Value;
        Assert.Equal(0.1, interval.Estimate, 9);
        Assert.Equal(0.0687739, interval.High - 0.1, 6);
        Assert.Equal(0.0687739, 0.1 - interval.Low, 6);
        Assert.Equal(0.000761088, comparison.PValue!.Value, 6);
    }

    [Theory]
    [InlineData(400, 500, Better.Higher, Verdict.Leading)]
    [InlineData(400, 500, Better.Lower, Verdict.Trailing)]
    [InlineData(500, 400, Better.Higher, Verdict.Trailing)]
    [InlineData(500, 400, Better.Lower, Verdict.Leading)]
    [InlineData(500, 510, Better.Higher, Verdict.TooEarly)]
    public void Of_AThousandEach_GivesTheVerdict(long control, long arm, Better better, Verdict verdict) =>
        Assert.Equal(verdict, Comparison.Of(SampleMoments.OfProportion(control, 1000), SampleMoments.OfProportion(arm, 1000), Options with { Better = better }).Verdict);

    [Fact]
    public void Of_IntervalInsideTheMargin_IsNoDifference()
    {
        Comparison comparison = Comparison.Of(SampleMoments.OfProportion(5000, 10000), SampleMoments.OfProportion(5010, 10000), Options);
        Assert.Equal(Verdict.NoDifference, comparison.Verdict);
        Assert.Equal("no difference that matters: within 5 points of the first arm", comparison.Words);
    }

    [Fact]
    public void Of_SmallButCertainEffect_LeadsAndSaysThatItIsSmall() => Assert.Equal(
        "leading: better by 1.2 to 2.8 points, less than the 5 points that matter",
        Comparison.Of(SampleMoments.OfProportion(50000, 100000), SampleMoments.OfProportion(52000, 100000), Options).Words);

    [Fact]
    public void Of_FewExposures_SaysHowManyMore()
    {
        Comparison comparison = Comparison.Of(SampleMoments.OfProportion(50, 100), SampleMoments.OfProportion(52, 100), Options);
        Assert.Equal(Verdict.TooEarly, comparison.Verdict);
        Assert.Matches(@"^too early to tell: about \d,\d00 more exposures for a difference of 5 points$", comparison.Words);
    }

    [Fact]
    public void Of_NothingYet_SaysSo()
    {
        Assert.Equal(new(null, null, null, Verdict.TooEarly, "too early to tell: no values of both arms yet"), Comparison.Of(default, default, Options));
        Assert.Equal("too early to tell: a mean is compared from 20 values of each arm", Comparison.Of(default, default, Options with { Kind = MetricKind.Mean }).Words);
    }

    [Fact]
    public void Of_OneAnswerEach_StaysInsideOneAndDecidesNothing()
    {
        Comparison comparison = Comparison.Of(SampleMoments.OfProportion(0, 1), SampleMoments.OfProportion(1, 1), Options);
        Assert.Equal(new Interval(-1, 1, 1), comparison.Interval);
        Assert.Equal(Verdict.TooEarly, comparison.Verdict);
    }

    [Fact]
    public void Of_ConstantMeans_AreCompared()
    {
        SampleMoments Constant(double value) => SampleMomentsTests.Of(Enumerable.Repeat((value, 0.0), 30));
        ComparisonOptions tokens = Options with { Kind = MetricKind.Mean, Better = Better.Lower };
        Assert.Equal(Verdict.NoDifference, Comparison.Of(Constant(256), Constant(256), tokens).Verdict);
        Assert.Equal("leading: better by 192 to 192", Comparison.Of(Constant(256), Constant(64), tokens).Words);
    }

    [Fact]
    public void Of_SeveralComparisons_WidensIntervalsAndPValues()
    {
        SampleMoments control = SampleMoments.OfProportion(400, 1000), arm = SampleMoments.OfProportion(470, 1000);
        Comparison alone = Comparison.Of(control, arm, Options), six = Comparison.Of(control, arm, Options with { Comparisons = 6 });
        Assert.True(six.Interval!.Value.Low < alone.Interval!.Value.Low);
        Assert.True(six.PValue > alone.PValue);
    }

    /// <summary>With one horizon the p-value of each comparison and its interval are two views of one boundary.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Of_GrowingEffect_CrossesIntervalAndPValueTogether(int comparisons)
    {
        for (long right = 500; right <= 650; right += 1)
        {
            Comparison comparison = Comparison.Of(SampleMoments.OfProportion(500, 1000), SampleMoments.OfProportion(right, 1000), Options with { Comparisons = comparisons });
            Assert.Equal(comparison.PValue < 0.05, comparison.Interval!.Value.Low > 0);
        }
    }

    [Fact]
    public void Verdict_OnTheWire_IsSnakeCase()
    {
        Assert.Equal("\"too_early\"", JsonSerializer.Serialize(Verdict.TooEarly));
        Assert.Equal(MetricKind.Mean, JsonSerializer.Deserialize<MetricKind>("\"mean\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Better>("1"));
    }
}
