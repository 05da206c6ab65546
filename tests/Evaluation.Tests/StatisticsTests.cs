using InferenceServer.Evaluation.Statistics;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Tests;

public class StatisticsTests
{
    [Theory]
    [InlineData(0, 10, 0, 0.2775328)]
    [InlineData(10, 10, 0.7224672, 1)]
    [InlineData(5, 10, 0.2365931, 0.7634069)]
    [InlineData(199, 300, 0.6080920, 0.7144446)]
    public void Wilson_Proportion_EqualsTheFormulaWorkedOutElsewhere(int successes, int trials, double low, double high)
    {
        Interval interval = Wilson.Proportion(successes, trials);
        Assert.Equal(successes / (double)trials, interval.Estimate, 12);
        Assert.Equal(low, interval.Low, 6);
        Assert.Equal(high, interval.High, 6);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void Wilson_NoProportion_Throws(int successes, int trials) => Assert.Throws<ArgumentOutOfRangeException>(() => Wilson.Proportion(successes, trials));

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    [InlineData(1, 9, 0.021484375)]
    [InlineData(9, 1, 0.021484375)]
    [InlineData(0, 6, 0.03125)]
    [InlineData(12, 30, 0.007915897)]
    public void McNemar_ExactP_IsTheBinomialsTwoTails(int onlyFirst, int onlySecond, double p) => Assert.Equal(p, McNemar.ExactP(onlyFirst, onlySecond), tolerance: 1e-8);

    [Theory]
    [InlineData(16, 4, 1, 0.25)]
    [InlineData(16, 4, 4, 0.7280219780)]
    [InlineData(16, 14, 4, 1)]
    [InlineData(16, 0, 16, 0)]
    [InlineData(200, 3, 100, 0.8768844221)]
    public void PassAtK_Estimate_EqualsTheBinomials(int samples, int correct, int k, double expected) => Assert.Equal(expected, PassAtK.Estimate(samples, correct, k), 9);

    [Fact]
    public void Bootstrap_Mean_HasTheWidthOfTheNormalApproximation()
    {
        // 400 differences: 60 times +1, 20 times -1; mean 0.1, standard error 0.0218.
        double[] differences = [.. Enumerable.Repeat(1.0, 60), .. Enumerable.Repeat(-1.0, 20), .. Enumerable.Repeat(0.0, 320)];
        Interval interval = Bootstrap.Mean(differences);
        Assert.Equal(0.1, interval.Estimate, 12);
        Assert.InRange(interval.Low, 0.1 - 1.96 * 0.0218 - 0.004, 0.1 - 1.96 * 0.0218 + 0.004);
        Assert.InRange(interval.High, 0.1 + 1.96 * 0.0218 - 0.004, 0.1 + 1.96 * 0.0218 + 0.004);
        Assert.Equal(interval, Bootstrap.Mean(differences));
        Assert.Equal(new Interval(0.5, 0.5, 0.5), Bootstrap.Mean([0.5, 0.5, 0.5]));
    }
}
