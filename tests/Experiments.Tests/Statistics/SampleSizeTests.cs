using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class SampleSizeTests
{
    [Fact]
    public void OfProportion_FivePointsFromHalf_IsTheTextbooksNumberAndTheBoundarys() =>
        Assert.Equal(new SampleSize(3124, 5982), SampleSize.OfProportion(0.5, 0.05));

    [Fact]
    public void OfMean_OneFifthOfADeviation_IsTheTextbooksNumberAndTheBoundarys() =>
        Assert.Equal(new SampleSize(1052, 1864), SampleSize.OfMean(10, 2, power: 0.9));

    [Fact]
    public void OfProportion_DownInsteadOfUp_IsTheSameFromTheOtherSide() => Assert.Equal(SampleSize.OfProportion(0.45, 0.1), SampleSize.OfProportion(0.55, -0.1));

    [Theory]
    [InlineData(0, 0.05, 0.8)]
    [InlineData(1, 0.05, 0.8)]
    [InlineData(0.97, 0.05, 0.8)]
    [InlineData(0.5, 0, 0.8)]
    [InlineData(0.5, 0.05, 1)]
    [InlineData(0.5, 0.05, 0)]
    public void OfProportion_Impossible_Throws(double baseline, double lift, double power) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleSize.OfProportion(baseline, lift, power: power));

    [Theory]
    [InlineData(10, 0.05, 6)]
    [InlineData(1000, 0.05, 6)]
    public void Width_AtAnySize_IsWhereTheEvidenceReachesOneOverAlpha(double size, double alpha, int digits)
    {
        var mixture = new NormalMixture(alpha, 5000);
        Assert.Equal(1 / alpha, mixture.Evidence(mixture.Width(size), size), digits);
    }

    [Theory]
    [InlineData(10, 18.4996660)]
    [InlineData(1000, 3.3079338)]
    [InlineData(5000, 3.0356339)]
    [InlineData(50000, 3.2577187)]
    public void Width_AlphaOfFivePercent_EqualsTheFormulaWorkedOutElsewhere(double size, double width) => Assert.Equal(width, new NormalMixture(0.05, 5000).Width(size), 6);

    [Fact]
    public void Width_AtTheHorizon_IsNearTheLeastOfAllTunings()
    {
        double[] widths = [.. new[] { 0.25, 0.5, 0.8, 1, 1.25, 2, 4 }.Select(tuning => new NormalMixture(0.05, 1000 * tuning).Width(1000))];
        Assert.Equal(widths[3], widths.Min(), 3);
    }
}
