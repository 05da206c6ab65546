namespace InferenceServer.Strategies.Tests;

public class SelfConsistencyTests
{
    private static readonly (string, double)[] Stories = [("short #### 1/2", 4), ("a longer chain of thought\n#### 0.5", 3), ("wrong\n#### 7", 2), ("no answer", 6)];

    /// <summary>The winner by its definition: most votes among equal answers, ties and representative by the lowest sample.</summary>
    private static Answer Majority(Answer[] all) =>
        all.Where(a => a.Text != "no answer").GroupBy(a => a.Text.EndsWith('7')).OrderByDescending(g => g.Count()).ThenBy(g => g.Min(a => a.Sample)).First().MinBy(a => a.Sample)!;

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(16, true)]
    [InlineData(16, false)]
    public async Task RunAsync_ManySeeds_GivesTheMajorityWhateverFinishesFirst(int slots, bool earlyStop)
    {
        await using var model = new StoryModel(Stories, slots: slots);
        for (ulong seed = 0; seed < 20; seed++)
        {
            GenerationRequest request = StoryModel.Request(new SelfConsistencyOptions { N = 9, EarlyStop = earlyStop });
            request = request with { Sampling = request.Sampling with { Seed = seed } };
            Answer expected = Majority(await model.SampleAsync(request, 9)), last = (await model.RunAsync(request))[^1];
            Assert.Equal((expected.Sample, expected.Text), (last.Sample, last.Text));
        }
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_Undecided_YieldsTheLeaderEachTimeItChanges()
    {
        await using var model = new StoryModel(Stories, slots: 1);
        GenerationRun run = model.Start(StoryModel.Request(new SelfConsistencyOptions { N = 12, EarlyStop = false }));
        List<Answer> answers = await run.RunAsync().ToListAsync();
        Assert.True(answers.Count > 1);
        Assert.Equal(answers.Count, answers.Zip(answers.Prepend(null)).Count(pair => pair.First != pair.Second));
        Assert.Equal(12, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
    }

    [Fact]
    public async Task RunAsync_LeaderCannotBeOvertaken_AbortsTheRest()
    {
        // One row: samples finish one after the other, and every one says the same. After five of nine the engine waits for the strategy to make up its mind.
        await using var model = new StoryModel([("#### 5", 1)], slots: 1);
        using var rejected = new CountdownEvent(4);
        model.Decoder.OnForward = _ =>
        {
            if (model.Told == 5)
                Assert.True(rejected.Wait(TimeSpan.FromMinutes(1)));
        };
        GenerationRun run = model.Start(StoryModel.Request(new SelfConsistencyOptions { N = 9 }), e => _ = e is CandidateRejected && rejected.Signal());
        List<Answer> answers = await run.RunAsync().ToListAsync();
        Assert.Equal(5, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
        Assert.Equal(4, run.Ledger.Candidates.Count(c => c.FinishReason == "aborted"));
        Assert.Equal(5.0 / 9, answers[^1].Score!.Value, 9);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_NobodyAnswers_FirstCompletionStands()
    {
        await using var model = new StoryModel([("no idea", 1)]);
        Answer answer = (await model.RunAsync(StoryModel.Request(new SelfConsistencyOptions { N = 3 })))[^1];
        Assert.Equal((0, null, "no idea"), (answer.Sample, answer.Score, answer.Text));
    }
}
