using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Tests;

public class PoolTests
{
    private static readonly FlopEstimate TokenCost = new(1, 0, 0);

    /// <summary>A sample of so many tokens and the end token, that gives an answer; its reward rises or falls evenly from a half to its end.</summary>
    private static PooledSample Sample(string answer, double grade, float logProb = -1, float reward = 0.5f, int length = 10, int[]? stepEnds = null)
    {
        float[] values = [.. Enumerable.Range(0, length + 1).Select(i => 0.5f + (reward - 0.5f) * i / length)];
        return new($"#### {answer}", true, new([], [.. values.Select(_ => logProb)], [.. values.Select(_ => 0.1f)], values, stepEnds ?? [length]), grade);
    }

    private static PooledProblem Problem(params PooledSample[] samples) => new(new Problem("?", "1"), 5, samples);

    [Fact]
    public void Choose_EachSelector_FollowsItsRule()
    {
        PooledProblem problem = Problem(Sample("2", 0, logProb: -0.5f), Sample("1", 1, logProb: -2, reward: 0.9f), Sample("1", 1, logProb: -3, reward: 0.7f), Sample("3", 0, logProb: float.NaN));
        int[] all = [0, 1, 2, 3];
        Assert.Equal([1], PoolSelector.Vote.Choose(problem, all));
        Assert.Equal([0], PoolSelector.Best(PoolScore.Likelihood).Choose(problem, all));
        Assert.Equal([1], PoolSelector.Best(PoolScore.ValueHead).Choose(problem, all));
        Assert.Equal([0], PoolSelector.Best(PoolScore.RewardModel).Choose(problem, all));
        Assert.Equal([0], PoolSelector.Voting("weighted", sample => sample.Text == "#### 2" ? 5 : 1).Choose(problem, all));
        Assert.Equal([2], PoolSelector.Vote.Among("checked", sample => sample.MeanLogProb == -3).Choose(problem, all));
        Assert.Equal([1], PoolSelector.Vote.Among("checked", _ => false).Choose(problem, all));
        Assert.Equal(all, PoolSelector.Random.Choose(problem, all));
    }

    [Fact]
    public void Accuracy_SmallerN_IsTheMeanOverSeparateBlocks()
    {
        PooledProblem problem = Problem(Sample("2", 0), Sample("1", 1), Sample("1", 1), Sample("1", 1), Sample("3", 0));
        Assert.Equal(0.6, PoolSelector.Vote.Accuracy(problem, 1), 12);
        Assert.Equal(0.5, PoolSelector.Vote.Accuracy(problem, 2), 12);   // {2, 1} goes to the first, {1, 1}; the fifth is left over
        Assert.Equal(1, PoolSelector.Oracle.Accuracy(problem, 2), 12);
        Assert.Equal(0.6, PoolSelector.Random.Accuracy(problem, 5), 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => PoolSelector.Vote.Accuracy(problem, 6));
    }

    [Fact]
    public void Run_Once_PaysForBeginningsAndFinishesTheBest()
    {
        PooledProblem problem = Problem(Sample("2", 0, reward: 0.1f), Sample("1", 1, reward: 0.9f), Sample("1", 1, reward: 0.8f), Sample("4", 0, reward: 0.2f, length: 2));
        RejectionOutcome outcome = new RejectionReplay(TokenCost, null).Run(problem, [0, 1, 2, 3], new(RejectionSchedule.Once, Tau: 4, Keep: 1), PoolScore.ValueHead.Part);
        // The short one has ended before it could be rejected; a reward comes with the token after it.
        Assert.Equal([1, 3], outcome.Finished);
        Assert.Equal(5 + 11 + 5 + 3, outcome.Tokens);
        Assert.Equal((2.0 * (5 + 24), 0), (outcome.Flops, outcome.ScorerFlops));
    }

    [Fact]
    public void Run_Halving_RejectsAgainAtStepEnds()
    {
        PooledSample[] samples = [.. Enumerable.Range(0, 8).Select(i => Sample("1", 1, reward: 0.9f - 0.1f * i, stepEnds: [3, 6, 10]))];
        RejectionOutcome outcome = new RejectionReplay(TokenCost, null).Run(Problem(samples), [.. Enumerable.Range(0, 8)], new(RejectionSchedule.Halving, Tau: 0, Keep: 1), PoolScore.ValueHead.Part);
        // Four stay at the first end, two at the second, and both have ended at the third.
        Assert.Equal([0, 1], outcome.Finished);
        Assert.Equal(4 * 4 + 2 * 7 + 2 * 11, outcome.Tokens);
    }

    [Fact]
    public void Run_SeparateScorer_PaysForWhatItReads()
    {
        PooledProblem problem = Problem(Sample("2", 0), Sample("1", 1) with { RewardModel = [.. Enumerable.Repeat(0.9f, 11)] });
        RejectionOutcome outcome = new RejectionReplay(TokenCost, new FlopEstimate(10, 0, 0)).Run(problem, [0, 1], new(RejectionSchedule.Once, Tau: 4, Keep: 1), PoolScore.RewardModel.Part);
        Assert.Equal([1], outcome.Finished);
        Assert.Equal(20.0 * (5 + 4 + 10), outcome.ScorerFlops);
        Assert.Equal(2.0 * (5 + 5 + 11) + outcome.ScorerFlops, outcome.Flops);
    }

    [Fact]
    public void Ranked_EqualAndMissingScores_CountHalfAndLast()
    {
        PooledProblem problem = Problem(Sample("1", 1, reward: 0.9f), Sample("1", 1, reward: 0.3f), Sample("2", 0, reward: 0.3f), Sample("3", 0, reward: 0.6f));
        Assert.Equal((2.5, 4), WithinProblem.Ranked(problem, PoolScore.ValueHead.Whole));
    }

    [Fact]
    public void Correlation_OnlyProblemsDiffer_IsPooledNotWithin()
    {
        PooledProblem[] problems = [Problem(Sample("1", 1, logProb: -1, reward: 0.9f), Sample("1", 1, logProb: -1.1f, reward: 0.91f)), Problem(Sample("1", 1, logProb: -3, reward: 0.1f), Sample("1", 1, logProb: -3.1f, reward: 0.11f))];
        var (pooled, within) = WithinProblem.Correlation(problems, s => s.MeanLogProb, PoolScore.ValueHead.Whole);
        Assert.True(pooled > 0.99 && within < -0.99, $"{pooled} {within}");
    }
}
