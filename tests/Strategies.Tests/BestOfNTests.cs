using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies.Tests;

public class BestOfNTests
{
    private static readonly (string, double)[] Stories = [("good\nwork\n#### 5", 5), ("odd\n#### 6", 1), ("bad\nodd\n#### 5", 3), ("none at all", 4)];

    /// <summary>1 for a "good" step and then less for each character; "odd" and "bad" steps are worse.</summary>
    private static double Value(string said) =>
        (said.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "") switch { "good" => 0.9, "work" => 0.5, "odd" => 0.8, "bad" => 0.1, "#### 5" => 0.7, "#### 6" => 0.6, _ => 0.3 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task RunAsync_Likelihood_ReturnsTheLikeliestWhateverFinishesFirst(int slots)
    {
        await using var model = new StoryModel(Stories, slots: slots);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 12);
        Answer best = (await model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 12 })))[^1];
        Answer expected = all.MaxBy(a => a.Candidate.MeanLogProb)!;
        Assert.Equal((expected.Sample, expected.Text), (best.Sample, best.Text));
        Assert.Equal(expected.Candidate.MeanLogProb, best.Score!.Value, 6);
        Assert.Equal(expected.Candidate.Index, best.Candidate.Index);
    }

    [Theory]
    [InlineData(RewardAggregation.Last)]
    [InlineData(RewardAggregation.Min)]
    [InlineData(RewardAggregation.Mean)]
    [InlineData(RewardAggregation.Product)]
    public async Task RunAsync_ProcessReward_AggregatesTheStepsRewards(RewardAggregation aggregation)
    {
        await using var model = new StoryModel(Stories, Value);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 12);
        Answer best = (await model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 12, Select = "process_reward", Aggregation = aggregation })))[^1];
        Answer expected = all.MaxBy(a => Expected(a.Text))!;
        Assert.Equal((expected.Sample, Expected(expected.Text)), (best.Sample, Math.Round(best.Score!.Value, 5)));
        Assert.True(all.Select(a => a.Text).Distinct().Count() == 4, "The seed should show every story.");

        double Expected(string text)
        {
            double[] rewards = [.. text.Split('\n').Select(Value)];
            return Math.Round(aggregation switch
            {
                RewardAggregation.Last => rewards[^1],
                RewardAggregation.Min => rewards.Min(),
                RewardAggregation.Mean => rewards.Average(),
                _ => rewards.Aggregate((a, b) => a * b),
            }, 5);
        }
    }

    [Fact]
    public async Task RunAsync_Vote_CountsAgreementAndNeverPicksNoAnswer()
    {
        await using var model = new StoryModel(Stories);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 12);
        Answer best = (await model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 12, Select = "vote" })))[^1];
        Assert.Equal(all.First(a => a.Text.EndsWith('5')).Sample, best.Sample);
        Assert.Equal(all.Count(a => a.Text.EndsWith('5')), best.Score);
    }

    [Fact]
    public async Task RunAsync_NothingCanBeScored_ReturnsTheFirstSample()
    {
        await using var model = new StoryModel([("no idea", 1), ("none at all", 1)], slots: 2);
        Answer best = (await model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 6, Select = "vote" })))[^1];
        Assert.Equal((0, null), (best.Sample, best.Score));
    }

    [Fact]
    public async Task RunAsync_Answers_GetBetterAndBetter()
    {
        await using var model = new StoryModel(Stories, slots: 1);
        double[] scores = [.. (await model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 12 }))).Select(a => a.Score!.Value)];
        Assert.True(scores.Length > 1);
        Assert.Equal(scores.Order(), scores);
    }

    [Fact]
    public async Task RunAsync_MoreSamples_BeginWithTheSameOnes()
    {
        await using var model = new StoryModel(Stories);
        Assert.Equal((await model.SampleAsync(StoryModel.Request(), 16)).Take(4).Select(a => a.Text), (await model.SampleAsync(StoryModel.Request(), 4)).Select(a => a.Text));
        Assert.Equal((await model.SampleAsync(StoryModel.Request(), 1))[0].Text, (await model.RunAsync(StoryModel.Request()))[0].Text);
    }

    [Fact]
    public async Task RunAsync_Nested_RunsTheInnerStrategyIndependently()
    {
        await using var model = new StoryModel(Stories);
        var plan = new StrategyOptions[] { new BestOfNOptions { N = 3, Select = "vote" }, new BestOfNOptions { N = 4 }, new PlainOptions() };
        GenerationRun run = model.Start(StoryModel.Request(plan));
        List<Answer> answers = await run.RunAsync().ToListAsync();
        Assert.Equal(12, run.Ledger.Candidates.Count);
        Assert.Equal(answers[^1].Text, (await model.RunAsync(StoryModel.Request(plan)))[^1].Text);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Start_ProcessRewardWithoutValueHead_IsRefusedBeforeATokenIsSpent()
    {
        await using var model = new StoryModel(Stories);
        var error = Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Request(new PlainOptions(), new BestOfNOptions { Select = "process_reward" })));
        Assert.Equal("strategies[1].select", error.Path);
        Assert.Contains("value head", error.Reason, StringComparison.Ordinal);
        Assert.Equal(0, model.Decoder.Steps);
    }
}
