using InferenceServer.Strategies.Calibration;

namespace InferenceServer.Strategies.Tests.Calibration;

public sealed class RiskCoverageTests
{
    [Fact]
    public void Of_SmallExample_IsTheCurveByHand()
    {
        var curve = RiskCoverage.Of([new(0.9, true), new(0.5, false), new(0.8, true), new(0.8, false), new(0.1, false)]);
        Assert.Equal(
            [(0.9, 1, 0.2, 0.0), (0.8, 3, 0.6, 1 / 3.0), (0.5, 4, 0.8, 0.5), (0.1, 5, 1.0, 0.6)],
            curve.Points.Select(point => (point.Threshold, point.Answered, point.Coverage, point.Risk)));
        Assert.Equal((0 + 2 * (1 / 3.0) + 0.5 + 0.6) / 5, curve.Area, 12);
    }

    [Fact]
    public void Of_ConfidenceThatSaysNothing_HasTheOverallRiskAsItsArea()
    {
        var curve = RiskCoverage.Of([.. Enumerable.Range(0, 10).Select(i => new JudgedAnswer(0.5, i < 7))]);
        Assert.Single(curve.Points);
        Assert.Equal(0.3, curve.Area, 12);
    }

    [Fact]
    public void For_RiskThatTheUpperLimitKeeps_IsTheLargestCoverage()
    {
        // The surest hundred are right, the next hundred wrong.
        JudgedAnswer[] answers = [.. Enumerable.Range(0, 200).Select(i => new JudgedAnswer(1 - i / 200.0, i < 100))];
        var curve = RiskCoverage.Of(answers);
        RiskCoveragePoint point = curve.For(0.05)!;
        Assert.True(point.RiskUpper <= 0.05 && point.Answered >= 100);
        Assert.All(curve.Points.Where(other => other.Answered > point.Answered), other => Assert.True(other.RiskUpper > 0.05));
        // Ten right answers do not show that one in a hundred is wrong.
        Assert.Null(RiskCoverage.Of(answers[..10]).For(0.01));
    }

    [Fact]
    public void Of_NothingToJudge_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => RiskCoverage.Of([]));
        Assert.Throws<ArgumentException>(() => RiskCoverage.Of([new(double.NaN, true)]));
    }
}
