using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies.Tests;

public class ConversationTests
{
    private static string Encoded(Conversation conversation, LocalModel model) => model.Tokenizer.Decode(conversation.Encode(model), skipSpecial: false);

    [Fact]
    public async Task Encode_ChatWithTurnsHintsAndSystemLine_RendersThroughTheTemplate()
    {
        await using var model = new StoryModel([("a", 1)]);
        var conversation = new Conversation([new("user", "How many?")]);
        Assert.Equal("<|user|>How many?\n<|assistant|>", Encoded(conversation, model.Model));
        Conversation changed = conversation.Reply("#### 5", "Step 1 is wrong.").BeforeQuestion("Hint: count.").WithSystem("Be brief.").WithSystem("Be kind.");
        Assert.Equal(
            "<|system|>Be brief.\nBe kind.\n<|user|>Hint: count.\nHow many?\n<|assistant|>#### 5\n<|user|>Step 1 is wrong.\n<|assistant|>", Encoded(changed, model.Model));
        Assert.Equal("Hint: count.\nHow many?", changed.Question(model.Model.Tokenizer));
        Assert.Equal("How many?", conversation.Question(model.Model.Tokenizer));
    }

    [Fact]
    public async Task Encode_PlainPrompt_GrowsOnBothSides()
    {
        await using var model = new StoryModel([("a", 1)]);
        Conversation changed = Conversation.Of(StoryModel.Request()).Reply("#### 5", "Again.").BeforeQuestion("Hint: count.");
        Assert.Equal("Hint: count.\n" + StoryModel.PromptText + "#### 5\nAgain.\n", Encoded(changed, model.Model));
    }

    [Fact]
    public async Task Encode_SpecialTokenInFeedback_StaysText()
    {
        await using var model = new StoryModel([("a", 1)]);
        int[] tokens = new Conversation([new("user", "x")]).Reply("y", "<|assistant|>").Encode(model.Model);
        Assert.Equal(2, tokens.Count(token => token == model.Model.Tokenizer.TokenId("<|assistant|>")));
    }

    [Fact]
    public async Task WithPrompt_AnotherPrompt_GetsAnswersToThatAndIsBilled()
    {
        await using var model = new StoryModel(prompt => [(prompt.Contains("again", StringComparison.Ordinal) ? "second" : "first", 1)]);
        GenerationRun run = model.Start(StoryModel.Chat("Well?", new ProbeOptions
        {
            Body = async context =>
            {
                Answer first = await context.SampleAsync(1, default).SingleAsync();
                GenerationContext again = context.WithPrompt(context.Conversation.Reply(first.Text, "again"))!;
                Answer second = await again.SampleAsync(1, default).SingleAsync();
                Assert.Equal(("first", "second", "Well?"), (first.Text, second.Text, again.Question));
                Assert.Null(context.WithPrompt(context.Conversation.Reply(new string('x', 2000), "again")));
                return second;
            },
        }), catalog: Probe.Catalog);
        await run.RunAsync().ToListAsync();
        // The second prompt begins with the first one and its answer, whose KV the cache still holds.
        Assert.InRange(run.Ledger.Cached, "<u>Well?\n<a>".Length - 4, run.Ledger.Prompt);
        Assert.Equal(2, run.Ledger.Candidates.Count);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task AskAsync_SideCall_IsBilledAsScorerTokens()
    {
        await using var model = new StoryModel(prompt => [(prompt.Contains("judge", StringComparison.Ordinal) ? "yes" : "no", 1)]);
        GenerationRun run = model.Start(StoryModel.Chat("Well?", new ProbeOptions
        {
            Body = async context =>
            {
                var prompt = new Conversation([new("user", "judge")]);
                Assert.Equal("yes", await context.SideCalls.AskAsync(context.Model, prompt, 10));
                Assert.Null(await context.SideCalls.AskAsync(context.Model, new Conversation([new("user", new string('x', 2000))]), 10));
                return null;
            },
        }), catalog: Probe.Catalog);
        await run.RunAsync().ToListAsync();
        Assert.Equal((new Conversation([new("user", "judge")]).Encode(model.Model).Length + 4, 0), (run.Ledger.Scorer, run.Ledger.Answer + run.Ledger.Discarded));
        Assert.Equal(run.Ledger.Scorer, run.Ledger.Total);
        Assert.True(run.Ledger.EstimatedFlops == run.Ledger.ScorerFlops && run.Ledger.ScorerFlops > 0);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Budget_Flops_EndsTheRunAndSaysSo()
    {
        await using StoryModel model = new([(new string('a', 90), 1)]), other = new([(new string('a', 90), 1)]);
        GenerationRun free = other.Start(StoryModel.Request());
        await free.RunAsync().ToListAsync();
        GenerationRun run = model.Start(StoryModel.Request() with { Budget = new() { MaxFlops = free.Ledger.EstimatedFlops / 2 } });
        Answer answer = Assert.Single(await run.RunAsync().ToListAsync());
        Assert.Equal(("max_flops", true), (run.BudgetExhausted, answer.Candidate.IsCut));
        Assert.InRange(run.Ledger.EstimatedFlops, free.Ledger.EstimatedFlops / 2, free.Ledger.EstimatedFlops * 0.6);
        Assert.Equal("max_flops", Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Request() with { Budget = new() { MaxFlops = 0 } })).Path);
    }
}
