using InferenceServer.Strategies.Calibration;

namespace InferenceServer.Strategies.Tests;

public class CalibrationTests
{
    private static readonly LabelledAnswer[] Answers = [new(0.9, true), new(0.8, true), new(0.7, false), new(0.6, true), new(0.6, false), new(0.1, false)];

    [Fact]
    public void Points_Answers_GoFromSureToUnsure()
    {
        var curve = new RiskCoverage(Answers);
        Assert.Equal(
            [(0.9, 0.1667, 0, 0.1667), (0.8, 0.3333, 0, 0.3333), (0.7, 0.5, 0.3333, 0.1667), (0.6, 0.8333, 0.4, 0.1667), (0.1, 1, 0.5, 0)],
            curve.Points.Select(p => (p.Threshold, Math.Round(p.Coverage, 4), Math.Round(p.Risk, 4), Math.Round(p.TrustScore, 4))));
        Assert.Equal((0.1667 * 0.3333) + (0.3333 * 0.4) + (0.1667 * 0.5), curve.Area, 3);
        Assert.Equal((0.8, 0.6, 0.1), (curve.ForPrecision(1), curve.ForPrecision(0.6), curve.ForPrecision(0.2)));
        Assert.Equal((0.7, 0.9), (curve.ForCoverage(0.5), curve.ForCoverage(0)));
        Assert.Equal(0.8, curve.ForTrust());
        Assert.Equal((0.5, 1.0 / 3), (curve.At(0.65).Coverage, curve.At(0.65).Risk));
        Assert.Equal(0, curve.At(0.95).Coverage);
    }

    [Fact]
    public void Thresholds_NothingIsRight_AnswerNothing()
    {
        var curve = new RiskCoverage([new(0.9, false), new(0.2, false)]);
        Assert.Null(curve.ForPrecision(0.5));
        Assert.True(curve.ForTrust() > 0.9);
        Assert.Equal(1, curve.Area);
    }

    [Fact]
    public void Constructor_NothingOrNaN_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new RiskCoverage([]));
        Assert.Throws<ArgumentException>(() => new RiskCoverage([new(double.NaN, true)]));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, -1)]
    public void Input_PerfectOrInvertedGate_ScoresOneOrMinusOne(bool perfect, double expected) =>
        Assert.Equal(expected, BouncerScores.Input([(0, !perfect), (3, perfect), (3, perfect), (0, !perfect)]), 9);

    [Fact]
    public void Output_Answers_WeighByTheTestsTheyPass()
    {
        Assert.Equal(1, BouncerScores.Output([(1, false), (1, false)]), 9);
        Assert.Equal((1 - 0.9) / 2, BouncerScores.Output([(1, false), (0.9, false)]), 9);
        Assert.Equal((1 + 0.9) / 2, BouncerScores.Output([(1, false), (0.9, true)]), 9);
    }

    [Fact]
    public void Quality_GateThatAcceptsAll_HasNoRecall()
    {
        GateQuality all = BouncerScores.Quality([(true, false), (false, false), (false, false)]);
        Assert.Equal((0, 0), (all.Recall, all.FalseBounces));
        GateQuality half = BouncerScores.Quality([(true, true), (true, false), (false, true), (false, false)]);
        Assert.Equal((0.5, 0.5, 0.5), (half.Recall, half.FalseBounces, half.MacroF1));
    }
}
