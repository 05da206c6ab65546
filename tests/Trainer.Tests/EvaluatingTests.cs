using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class EvaluatingTests
{
    private const int LineBreak = 2, End = 0;

    private static readonly WordProblem Problem = new("chain", 2, "?", [new("a", "1+2=3", 3), new("b", "3*2=6", 6)], 6);

    private static Rollout Sample(string text, float value = 0.5f, float logProb = -0.1f, bool finished = true)
    {
        // A token a character; a score is read before a token, so the first says nothing.
        int[] tokens = [.. text.Select(c => c == '\n' ? LineBreak : (int)c), .. finished ? [End] : Array.Empty<int>()];
        return new(tokens, text, finished, [.. tokens.Select(_ => logProb)], [.. tokens.Select(_ => 0f)], [.. tokens.Select(_ => value)]);
    }

    private static MeasuredProblem Measured(params Rollout[] samples) =>
        new(Problem, samples[0], samples, [.. samples.Select(sample => StepLabels.Exact(Problem, sample, LineBreak))], null);

    private static readonly MeasuredProblem Four = Measured(
        Sample("a: 1+2=4\n#### 4", value: 0.4f, logProb: -0.1f),
        Sample("a: 1+2=4\n#### 4", value: 0.1f, logProb: -0.2f),
        Sample("a: 1+2=3\nb: 3*2=6\n#### 6", value: 0.9f, logProb: -0.3f),
        Sample("a: 1+2=5\n#### 5", value: 0.95f, logProb: -0.05f, finished: false));

    [Theory]
    [InlineData(Selector.Majority, 0)]
    [InlineData("majority of those whose equations hold", 2)]
    [InlineData("value head, last", 2)]
    [InlineData("value head, product", 2)]
    [InlineData("mean log-probability", 0)]
    [InlineData("majority weighted by value head", 2)]
    public void Choose_KnownSamples_GivesTheExpectedOne(string name, int expected) =>
        Assert.Equal(expected, Selector.Of(Scorer.Of([Four])).Single(s => s.Name == name).Choose(Four, [0, 1, 2, 3]));

    [Fact]
    public void Choose_NothingAnswered_GivesTheFirst()
    {
        var problem = Measured(Sample("?"), Sample("?"));
        Assert.All(Selector.Of(Scorer.Of([problem])), selector => Assert.Equal(0, selector.Choose(problem, [0, 1])));
    }

    [Fact]
    public void Aggregate_ScoresAtStepEnds_AreReadAfterTheirTokens()
    {
        var sample = Sample("a: 1+2=3\nb: 3*2=6\n#### 6");
        // Before the token behind each step's end: 0.8, 0.4 and, before the end token, 0.6.
        sample.Values[9] = 0.8f;
        sample.Values[18] = 0.4f;
        sample.Values[^1] = 0.6f;
        var problem = Measured(sample);
        Assert.Equal([0.6, 0.4, 0.6, 0.192], ((Aggregation[])[Aggregation.Last, Aggregation.Min, Aggregation.Mean, Aggregation.Product]).Select(a => Math.Round(Scorer.ValueHead.Aggregate(problem, 0, a), 5)));
    }

    [Fact]
    public void Curve_LeastLikelyToken_StartsAnewWithEachStep()
    {
        var sample = Sample("a: 1+2=3\nb: 3*2=6\n#### 6");
        (sample.LogProbs[3], sample.LogProbs[10]) = (-4, -2);
        float[] curve = Scorer.LeastLikelyToken.Curve(Measured(sample), 0);
        Assert.Equal([-0.1f, -4, -4, -0.1f, -2, -0.1f], [curve[2], curve[3], curve[8], curve[9], curve[17], curve[18]]);
    }

    [Fact]
    public void Of_SmallerSets_AreCutFromTheSamples()
    {
        var report = SelectionReport.Of([Four], Scorer.Of([Four]));
        // Of two: {0, 1} is wrong and {2, 3} right.
        Assert.Equal(0.5, report["value head, last"].ByN[2].Estimate);
        Assert.Equal(1, report["value head, last"].ByN[4].Estimate);
        Assert.Equal(0.25, report["value head, last"].ByN[1].Estimate);
        Assert.Equal(1, report["value head, last"].AboveMajority.Estimate);
        Assert.Equal(0.5, report["oracle"].ByN[2].Estimate, 9);
    }

    [Fact]
    public void Within_OnlyPairsOfAProblem_Count()
    {
        // Scores order the samples of each problem the wrong way round, though problem two scores lower on the whole.
        ScoredSample[] one = [Scored("a: 1+2=3\n", 1, 0.8f), Scored("a: 1+2=4\n", 0, 0.9f)], two = [Scored("a: 1+2=3\n", 1, 0.2f), Scored("a: 1+2=4\n", 0, 0.1f)];
        Assert.Equal((0.5, 2), StepRanking.Auc([one, two], 1));
        Assert.Equal(0.5, StepRanking.Pooled([one, two]));
        // Half of the step is the same text: no score can tell the two apart, whatever it says.
        Assert.Equal(new StepRanking.Count(0.5, 1, 0), StepRanking.Within(one, 0.5));
        Assert.Equal(new StepRanking.Count(0, 1, 1), StepRanking.Within(one, 1));
    }

    [Fact]
    public void Within_StepsAfterAWrongOne_DoNotCount()
    {
        ScoredSample right = new([9, LineBreak, 8, LineBreak], new([1, 3], [1, 1]), [1, 1, 1, 1]), wrong = new([7, LineBreak, 8, LineBreak], new([1, 3], [0, 0]), [0, 0, 2, 2]);
        Assert.Equal(new StepRanking.Count(1, 1, 1), StepRanking.Within([right, wrong], 1));
    }

    [Fact]
    public void Pooled_KnownScores_IsTheAreaWithTiesHalf()
    {
        ScoredSample[] samples = [Scored("a\n", 1, 0.9f), Scored("b\n", 1, 0.5f), Scored("c\n", 0, 0.5f), Scored("d\n", 0, 0.1f)];
        Assert.Equal(3.5 / 4, StepRanking.Pooled([samples]));
    }

    [Fact]
    public void EarlyRejection_AScoreThatKnows_KeepsTheRightOne()
    {
        var report = RejectionReport.Of([Four with { Labels = Four.Labels }], Scorer.ValueHead, (_, _) => 5);
        // The one with the highest value so far is the unfinished one: it is kept, and is not right.
        Assert.Equal(0, report.Kept.Estimate);
        Assert.Equal(0.25, report.Random.Estimate);
        var better = Measured([.. Four.Samples.Select((sample, i) => i == 3 ? Sample("a: 1+2=5\n#### 5", value: 0.2f) : sample)]);
        Assert.Equal(0.75, RejectionReport.Of([better], Scorer.ValueHead, (_, _) => 5).Difference.Estimate);
        Assert.Equal(0.75, RejectionReport.Of([better], Scorer.ValueHead, (_, _) => 5).SolvedDifference.Estimate);
    }

    [Fact]
    public void Reliability_ClaimsAndOutcomes_GiveTheKnownError()
    {
        // Steps of the two wrong samples claim 0.4 and 0.1 and are wrong; all three of the right one claim 0.9.
        var reliability = Reliability.Of([Measured([.. Four.Samples.Take(3)])], Scorer.ValueHead);
        Assert.Equal([2, 2, 3], reliability.Bins.Select(bin => bin.Steps));
        Assert.Equal((2 * 0.1 + 2 * 0.4 + 3 * 0.1) / 7, reliability.ExpectedCalibrationError, 5);
    }

    [Theory]
    [InlineData("a: 1+2=4\nb: 4*2=8\n#### 8", Mistakes.Calculation)]
    [InlineData("a: 1+1=2\nb: 2*2=4\n#### 4", Mistakes.Plan)]
    [InlineData("b: 3*2=6\n#### 6", Mistakes.MissingStep)]
    [InlineData("a: 1+2=3\n#### 3", Mistakes.MissingStep)]
    [InlineData("a: 1+2=3\nb: 3*2=6\nc: 6+1=7\n#### 7", Mistakes.ExtraStep)]
    [InlineData("a: 1+2=3\nb: 3*2=6\n#### 7", Mistakes.Answer)]
    [InlineData("nonsense\n#### 7", Mistakes.Format)]
    [InlineData("missing: a\n#### unknown", Mistakes.FalseUnknown)]
    public void Of_WrongSolution_NamesWhatWentWrongFirst(string text, string expected) => Assert.Equal(expected, Mistakes.Of(Problem, Sample(text)));

    [Fact]
    public void Of_CutOff_IsSaidUnlessAStepWasWrongBefore()
    {
        Assert.Equal(Mistakes.CutOff, Mistakes.Of(Problem, Sample("a: 1+2=3\nb: 3*", finished: false)));
        Assert.Equal(Mistakes.Calculation, Mistakes.Of(Problem, Sample("a: 1+2=4\nb: 3*", finished: false)));
        Assert.Equal(Mistakes.MissedUnknown, Mistakes.Of(Problem with { Answer = null }, Sample("a: 1+2=3\n#### 3")));
    }

    private static ScoredSample Scored(string text, double success, float score) =>
        new([.. text.Select(c => c == '\n' ? LineBreak : (int)c)], new([text.Length - 1], [success]), [.. text.Select(_ => score)]);
}
