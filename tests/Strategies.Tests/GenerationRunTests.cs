using InferenceServer.Engine;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Strategies.Tests;

public class GenerationRunTests
{
    private static readonly (string, double)[] Stories = [("a quick one", 1), ("this one goes on and on and on\nand then on", 1)];

    [Fact]
    public async Task RunAsync_ManySamples_ComputesThePromptOnce()
    {
        await using var model = new StoryModel(Stories);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 8 }));
        await run.RunAsync().ToListAsync();
        Assert.Equal(StoryModel.Prompt.Length, run.Ledger.Prompt);
        Assert.Equal(0, run.Ledger.Cached);
        // The prompt's last token may go through the decode pass of each row instead.
        Assert.InRange(model.Decoder.ChunkTokens, 1, StoryModel.Prompt.Length);
    }

    [Fact]
    public async Task Ledger_FinishedRun_AddsUp()
    {
        await using var model = new StoryModel(Stories);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 4 }));
        Answer answer = (await run.RunAsync().ToListAsync())[^1];
        ComputeLedger ledger = run.Ledger;
        Assert.Equal(answer.Candidate.Tokens.Count, ledger.Answer);
        Assert.Equal([0, 1, 2, 3], ledger.Candidates.Select(c => c.Candidate));
        Assert.Equal(answer.Candidate.Index, Assert.Single(ledger.Candidates, c => c.IsAnswer).Candidate);
        Assert.Equal(ledger.Candidates.Where(c => !c.IsAnswer).Sum(c => c.Tokens), ledger.Discarded);
        Assert.Equal(ledger.Prompt + ledger.Answer + ledger.Discarded, ledger.Total);
        Assert.All(ledger.Candidates, c => Assert.True(c is { FinishReason: "stop", Overshoot: 0 } && c.Ended >= c.Started));

        // 2P + 4Ldc for every token, 2Pn + 2Ldn² for the prompt; one layer of width 16.
        double p = model.Model.Size.Parameters, prompt = StoryModel.Prompt.Length;
        double expected = 2 * p * prompt + 32 * prompt * prompt + ledger.Candidates.Sum(c => Enumerable.Range(0, c.Tokens).Sum(t => 2 * p + 64 * (prompt + t)));
        Assert.Equal(expected, ledger.EstimatedFlops, 1e-6 * expected);
    }

    [Fact]
    public async Task Ledger_PromptInTheCache_CostsOnlyWhatWasComputed()
    {
        await using var model = new StoryModel(Stories);
        await model.RunAsync(StoryModel.Request());
        await model.AssertNothingLivesAsync();
        GenerationRun run = model.Start(StoryModel.Request());
        await run.RunAsync().ToListAsync();
        Assert.Equal(StoryModel.Prompt.Length - 1, run.Ledger.Cached);
    }

    [Fact]
    public async Task SampleAsync_Choices_EachStands()
    {
        await using var model = new StoryModel(Stories);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 2 }));
        List<Answer> answers = await run.SampleAsync(3).ToListAsync();
        Assert.Equal([0, 1, 2], answers.Select(a => a.Sample).Order());
        Assert.Equal(answers.Sum(a => a.Candidate.Tokens.Count), run.Ledger.Answer);
        Assert.Equal(6, run.Ledger.Candidates.Count);
    }

    [Fact]
    public async Task CandidateStarted_SeveralChoices_NamesTheOneItWorksFor()
    {
        await using var model = new StoryModel(Stories);
        var events = new List<TraceEvent>();
        await model.Start(StoryModel.Request(new BestOfNOptions { N = 2 }), events.Add).SampleAsync(2).ToListAsync();
        Assert.Equal([0, 0, 1, 1], events.OfType<CandidateStarted>().Select(e => e.Choice).Order());
    }

    [Fact]
    public async Task RunAsync_LeftEarly_LeavesNoSequenceBehind()
    {
        await using var model = new StoryModel(Stories, slots: 2);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 8 }));
        await foreach (Answer _ in run.RunAsync())
            break;
        await model.AssertNothingLivesAsync();
        Assert.Contains(run.Ledger.Candidates, c => c.FinishReason == "aborted");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_Cancelled_ThrowsAndLeavesNoSequenceBehind(bool nested)
    {
        await using var model = new StoryModel(Stories);
        using var cancel = new CancellationTokenSource();
        model.Decoder.OnForward = _ =>
        {
            if (model.Decoder.Steps == 6)
                cancel.Cancel();
        };
        StrategyOptions[] plan = nested ? [new BestOfNOptions { N = 2 }, new SelfConsistencyOptions { N = 4 }] : [new BestOfNOptions { N = 8 }];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.Start(StoryModel.Request(plan)).RunAsync(cancel.Token).ToListAsync());
        await model.AssertNothingLivesAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ForwardFails_ThrowsAndLeavesNoSequenceBehind(bool nested)
    {
        await using var model = new StoryModel(Stories);
        model.Decoder.OnForward = _ =>
        {
            if (model.Decoder.Steps == 6)
                throw new InvalidOperationException("out of smoke");
        };
        StrategyOptions[] plan = nested ? [new BestOfNOptions { N = 2 }, new SelfConsistencyOptions { N = 4 }] : [new BestOfNOptions { N = 8 }];
        var error = await Assert.ThrowsAsync<DecoderFailedException>(() => model.RunAsync(StoryModel.Request(plan)));
        Assert.Contains("out of smoke", error.Message, StringComparison.Ordinal);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_EngineRefusesAFork_ThrowsAndLeavesNoSequenceBehind()
    {
        await using var model = new StoryModel(Stories, options: new LlmEngineOptions { MaxSequences = 3 });
        await Assert.ThrowsAsync<EngineOverloadedException>(() => model.RunAsync(StoryModel.Request(new BestOfNOptions { N = 8 })));
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_StrategyThrows_ThrowsAndLeavesNoSequenceBehind()
    {
        await using var model = new StoryModel(Stories, slots: 2);
        var catalog = new StrategyCatalog(new Plugins.PluginCatalog([typeof(Plain).Assembly, typeof(Fainting).Assembly]));
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 2 }, new FaintingOptions()), catalog: catalog);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await run.RunAsync().ToListAsync());
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_SecondTime_IsRefused()
    {
        await using var model = new StoryModel(Stories);
        GenerationRun run = model.Start(StoryModel.Request());
        await run.RunAsync().ToListAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await run.RunAsync().ToListAsync());
    }

    [Fact]
    public async Task Budget_TokensOfOneCandidate_CutsItExactly()
    {
        await using var model = new StoryModel([("abcdefgh", 1)]);
        GenerationRun run = model.Start(StoryModel.Request() with { Budget = new() { MaxTotalTokens = StoryModel.Prompt.Length + 3 } });
        Answer answer = Assert.Single(await run.RunAsync().ToListAsync());
        Assert.Equal(("abc", "length", true), (answer.Text, answer.Candidate.FinishReason, answer.Candidate.IsCut));
        Assert.Equal(("max_total_tokens", StoryModel.Prompt.Length + 3), (run.BudgetExhausted, run.Ledger.Total));
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Budget_NotReached_IsNotMentioned()
    {
        await using var model = new StoryModel([("abc", 1)]);
        GenerationRun run = model.Start(StoryModel.Request() with { Budget = new() { MaxTotalTokens = 1000, Deadline = TimeSpan.FromHours(1) } });
        Assert.Equal("abc", Assert.Single(await run.RunAsync().ToListAsync()).Text);
        Assert.Null(run.BudgetExhausted);
    }

    [Fact]
    public async Task Budget_SomeFinished_BestOfThoseStandsAndCutOnesDoNotCompete()
    {
        // One row: each story of five tokens is finished before the next begins, and the budget ends inside the third.
        await using var model = new StoryModel([("abcd", 1)], slots: 1);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 6 }) with { Budget = new() { MaxTotalTokens = StoryModel.Prompt.Length + 12 } });
        Answer last = (await run.RunAsync().ToListAsync())[^1];
        Assert.Equal(("abcd", false, "max_total_tokens"), (last.Text, last.Candidate.IsCut, run.BudgetExhausted));
        Assert.Equal(2, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Budget_NothingFinished_SomethingStandsAllTheSame()
    {
        string story = new('a', 50);
        await using var model = new StoryModel([(story, 1)]);
        foreach (StrategyOptions plan in (StrategyOptions[])[new BestOfNOptions { N = 4 }, new SelfConsistencyOptions { N = 4 }])
        {
            GenerationRun run = model.Start(StoryModel.Request(plan) with { Budget = new() { MaxTotalTokens = StoryModel.Prompt.Length + 20 } });
            Answer last = (await run.RunAsync().ToListAsync())[^1];
            Assert.StartsWith(last.Text, story, StringComparison.Ordinal);
            Assert.True(last.Candidate.IsCut);
        }
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Budget_DeadlineInTheMiddle_KeepsWhatWasSampled()
    {
        var time = new FakeTimeProvider();
        await using var model = new StoryModel([(new string('a', 200), 1)]);
        model.Decoder.OnForward = _ =>
        {
            if (model.Decoder.Steps == 10)
                time.Advance(TimeSpan.FromSeconds(2));
        };
        GenerationRun run = model.Start(StoryModel.Request() with { MaxTokens = 200, Budget = new() { Deadline = TimeSpan.FromSeconds(1) } }, time: time);
        Answer answer = Assert.Single(await run.RunAsync().ToListAsync());
        Assert.Equal(("deadline_ms", "length", true), (run.BudgetExhausted, answer.Candidate.FinishReason, answer.Candidate.IsCut));
        Assert.InRange(answer.Text.Length, 0, 199);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Budget_DeadlineBeforeTheFirstToken_GivesAnEmptyAnswer()
    {
        var time = new FakeTimeProvider();
        await using var model = new StoryModel(Stories);
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 2 }) with { Budget = new() { Deadline = TimeSpan.FromSeconds(1) } }, time: time);
        model.Decoder.OnForward = _ => time.Advance(TimeSpan.FromSeconds(2));
        Answer answer = (await run.RunAsync().ToListAsync())[^1];
        Assert.Equal("length", answer.Candidate.FinishReason);
        Assert.Equal("deadline_ms", run.BudgetExhausted);
    }
}
