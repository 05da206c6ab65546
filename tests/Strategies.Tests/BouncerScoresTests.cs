using InferenceServer.Strategies.Calibration;

namespace InferenceServer.Strategies.Tests;

public class BouncerScoresTests
{
    [Theory]
    [InlineData(0.0, 1, -1.0 / 3)]
    [InlineData(0.5, 1, 1.0 / 6)]
    [InlineData(0.5, 2, 0)]
    [InlineData(0.95, 1, 0)]
    public void Trust_Threshold_PaysForWrongAnswersGiven(double threshold, double lambda, double expected) =>
        Assert.Equal(expected, BouncerScores.Trust([new(0.9, true), new(0.6, false), new(0.5, true), new(0.1, false), new(0.1, false), new(0.2, false)], threshold, lambda), 9);

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
