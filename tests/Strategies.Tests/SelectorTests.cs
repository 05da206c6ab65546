using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests;

public class SelectorTests
{
    private static readonly (string, double)[] Stories = [("usual\n#### 5", 8), ("rare\n#### 5", 1), ("wrong\n#### 7", 4), ("no answer", 3)];

    private static GenerationRequest Request(string select, int n = 24, params VerifierOptions[] verifiers) =>
        StoryModel.Request(new BestOfNOptions { N = n, Select = select }) with { Verifiers = verifiers };

    [Theory]
    [InlineData("surprisal")]
    [InlineData("surprisal_top3")]
    public async Task RunAsync_Surprisal_TakesTheLeastLikelyVerifiedAnswer(string select)
    {
        await using var model = new StoryModel(Stories);
        Answer best = (await model.RunAsync(Request(select, 24, new NumericOptions { Reference = "5" })))[^1];
        Assert.Equal("rare\n#### 5", best.Text);
        Assert.Empty(best.Notes);
    }

    [Theory]
    [InlineData(false, "the request has no verifiers")]
    [InlineData(true, "No answer passed verification")]
    public async Task RunAsync_SurprisalWithoutAVerifiedAnswer_VotesAndSaysSo(bool hasVerifier, string note)
    {
        await using var model = new StoryModel(Stories);
        var events = new List<TraceEvent>();
        GenerationRun run = model.Start(hasVerifier ? Request("surprisal", 24, new NumericOptions { Reference = "99" }) : Request("surprisal"), events.Add);
        Answer best = (await run.RunAsync().ToListAsync())[^1];
        Answer voted = (await model.RunAsync(Request("vote")))[^1];
        Assert.Equal((voted.Text, voted.Sample, voted.Score), (best.Text, best.Sample, best.Score));
        Assert.Contains(note, Assert.Single(best.Notes), StringComparison.Ordinal);
        Assert.Contains(events.OfType<StrategyNoted>(), e => e.Strategy == "best_of_n" && e.Note == best.Notes[0]);
    }

    [Fact]
    public async Task RunAsync_SurprisalTop3_PrefersMeasuredQuality()
    {
        (string, double)[] verified = [("a\n#### 5", 8), ("b\n#### 5", 4), ("c\n#### 5", 2), ("d\n#### 5", 1)];
        // The value head likes c among the three rarest, and a above all, which is not among them.
        await using var model = new StoryModel(verified, said => said.StartsWith('a') ? 0.9 : said.StartsWith('c') ? 0.8 : 0.2);
        Answer best = (await model.RunAsync(Request("surprisal_top3", 40, new NumericOptions { Reference = "5" })))[^1];
        Assert.Equal("c\n#### 5", best.Text);
    }

    [Fact]
    public async Task RunAsync_Verifier_TakesTheFirstThatPasses()
    {
        await using var model = new StoryModel(Stories);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 24);
        Answer best = (await model.RunAsync(Request("verifier", 24, new NumericOptions { Reference = "7" })))[^1];
        Assert.Equal((1.0, all.First(a => a.Text.EndsWith('7')).Sample), (best.Score, best.Sample));
    }

    [Fact]
    public async Task RunAsync_VerifierOfTheSameText_IsAskedOnce()
    {
        await using var model = new StoryModel(Stories);
        var verified = new List<CandidateVerified>();
        GenerationRun run = model.Start(Request("verifier", 24, new NumericOptions { Reference = "7" }), e => { if (e is CandidateVerified v) verified.Add(v); });
        await run.RunAsync().ToListAsync();
        Assert.Equal(4, verified.Count);
    }

    [Fact]
    public async Task RunAsync_SelfCertainty_PrefersLowEntropy()
    {
        // After "sure" every letter is certain; after "torn" one is a coin's toss.
        await using var model = new StoryModel([("sure #### 1", 2), ("torn #### 1", 1), ("torn #### 2", 1)]);
        Answer best = (await model.RunAsync(Request("self_certainty")))[^1];
        Assert.Equal("sure #### 1", best.Text);
        Assert.InRange(best.Score!.Value, 0, Math.Log(Bytes.VocabSize));
    }

    [Fact]
    public async Task RunAsync_Random_IsTheSameForTheSameSeedAndNotAlwaysTheFirst()
    {
        await using var model = new StoryModel(Stories);
        var samples = new HashSet<int>();
        for (ulong seed = 0; seed < 8; seed++)
        {
            GenerationRequest request = Request("random", 8);
            request = request with { Sampling = request.Sampling with { Seed = seed } };
            int sample = (await model.RunAsync(request))[^1].Sample;
            Assert.Equal(sample, (await model.RunAsync(request))[^1].Sample);
            samples.Add(sample);
        }
        Assert.True(samples.Count > 2);
    }

    [Theory]
    [InlineData("verifier", "select")]
    [InlineData("reward_model", "reward_model")]
    [InlineData("process_reward", "select")]
    public async Task Start_SelectorThatLacksSomething_IsRefusedBeforeATokenIsSpent(string select, string field)
    {
        await using var model = new StoryModel(Stories);
        Assert.Equal($"strategies[0].{field}", Assert.Throws<StrategyPlanException>(() => model.Start(Request(select))).Path);
        Assert.Equal(0, model.Decoder.Steps);
    }

    [Fact]
    public async Task RunAsync_WeightedVotes_FewGoodOnesWinOverManyBadOnes()
    {
        (string, double)[] stories = [("bad\n#### 1", 3), ("good\n#### 2", 1)];
        await using var model = new StoryModel(stories, said => said.StartsWith('g') ? 0.9 : 0.1);
        Answer plain = (await model.RunAsync(StoryModel.Request(new SelfConsistencyOptions { N = 16 })))[^1];
        Answer weighted = (await model.RunAsync(StoryModel.Request(new SelfConsistencyOptions { N = 16, Weight = "process_reward" })))[^1];
        Assert.Equal(("1", "2"), (plain.Candidate.Extracted!.Text, weighted.Candidate.Extracted!.Text));
        Assert.InRange(weighted.Score!.Value, 0.5, 1);
    }

    [Fact]
    public async Task RunAsync_StopAt_StopsWhenTheLeaderStaysAhead()
    {
        await using StoryModel sure = new([("#### 5", 1)]), torn = new([("#### 5", 1), ("#### 6", 1)]);
        var plan = new SelfConsistencyOptions { N = 32, StopAt = 0.95, Batch = 4 };
        GenerationRun run = sure.Start(StoryModel.Request(plan));
        await run.RunAsync().ToListAsync();
        // Four of four: 31/32.
        Assert.Equal(4, run.Ledger.Candidates.Count);
        GenerationRun longer = torn.Start(StoryModel.Request(plan));
        await longer.RunAsync().ToListAsync();
        Assert.True(longer.Ledger.Candidates.Count > 4);
        await sure.AssertNothingLivesAsync();
        await torn.AssertNothingLivesAsync();
    }

    [Theory]
    [InlineData(0, 0, 0.5)]
    [InlineData(1, 0, 0.75)]
    [InlineData(4, 0, 0.96875)]
    [InlineData(5, 5, 0.5)]
    [InlineData(2, 1, 0.6875)]
    public void LeaderStays_Votes_IsTheUpperHalfOfABetaDistribution(int leader, int second, double expected) =>
        Assert.Equal(expected, SelfConsistency.LeaderStays(leader, second), 9);

    [Fact]
    public async Task Start_WeightWithStopAt_IsRefused()
    {
        await using var model = new StoryModel(Stories);
        Assert.Equal("strategies[0].stop_at", Assert.Throws<StrategyPlanException>(() =>
            model.Start(StoryModel.Request(new SelfConsistencyOptions { Weight = "likelihood", StopAt = 0.9 }))).Path);
    }

    [Fact]
    public void Count_Weights_OrderByTheirSum()
    {
        var answers = "5 6 5".Split(' ').Select(AnswerNormalizer.Normalize).ToArray();
        Assert.Equal("6", Vote.Count(answers, [0.1, 0.5, 0.2])[0].Answer.Text);
    }
}
