using InferenceServer.Strategies.Feedback;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests;

public class HeartTests
{
    /// <summary>A model that answers 1 at first and then one more each time it is told so; remembers what it was told.</summary>
    private static StoryModel Climbing(List<string> told, int stuckAt = int.MaxValue) => new(prompt =>
    {
        if (!told.Contains(prompt))
            told.Add(prompt);
        int at = prompt.LastIndexOf("#### ", StringComparison.Ordinal);
        int last = at < 0 ? 0 : prompt[at + 5] - '0';
        return [($"a: 1+1=2\n#### {Math.Min(stuckAt, last + 1)}", 1)];
    }, capacity: 2000);

    private static async Task<(List<Answer> Answers, GenerationRun Run)> RunAsync(StoryModel model, HeartOptions options, params VerifierOptions[] verifiers)
    {
        GenerationRun run = model.Start(StoryModel.Chat("How many?", options) with { Verifiers = verifiers });
        List<Answer> answers = await run.RunAsync().ToListAsync();
        await model.AssertNothingLivesAsync();
        return (answers, run);
    }

    [Fact]
    public void ToneOf_Alternate_TakesNegativeAndPositiveInTurnAndEachOfThemInTurn() => Assert.Equal(
        [Tone.Sadness, Tone.Happiness, Tone.Anger, Tone.Surprise, Tone.Fear, Tone.Happiness, Tone.Disgust, Tone.Surprise, Tone.Sadness],
        Enumerable.Range(1, 9).Select(round => Heart.ToneOf(HeartTone.Alternate, round)));

    [Fact]
    public async Task RunAsync_Verifier_StopsAtTheFirstAttemptThatPasses()
    {
        var told = new List<string>();
        await using StoryModel model = Climbing(told);
        var (answers, run) = await RunAsync(model, new HeartOptions { Rounds = 8 }, new NumericOptions { Reference = "3" });
        Assert.Equal(("a: 1+1=2\n#### 3", 1.0), (answers[^1].Text, answers[^1].Score));
        Assert.Equal(3, run.Ledger.Candidates.Count);
        // The user's turn: the tone's sentence and what is wrong; only the last attempt is shown.
        string sadness = FeedbackPhrases.BuiltIn[Tone.Sadness][0], happiness = FeedbackPhrases.BuiltIn[Tone.Happiness][0];
        Assert.Equal($"<|user|>How many?\n<|assistant|>a: 1+1=2\n#### 1\n<|user|>{sadness} The answer is wrong.\n<|assistant|>", told[1]);
        Assert.Equal($"<|user|>How many?\n<|assistant|>a: 1+1=2\n#### 2\n<|user|>{happiness} The answer is wrong.\n<|assistant|>", told[2]);
    }

    [Fact]
    public async Task RunAsync_VerifierNamesAStep_FeedbackNamesItToo()
    {
        var told = new List<string>();
        await using var model = new StoryModel(prompt =>
        {
            told.Add(prompt);
            return [(prompt.Contains("Step 2 is wrong", StringComparison.Ordinal) ? "a: 1+1=2\nb: 2+2=4\n#### 4" : "a: 1+1=2\nb: 2+2=5\n#### 5", 1)];
        }, capacity: 2000);
        var (answers, _) = await RunAsync(model, new HeartOptions { Tone = HeartTone.Neutral }, new StepArithmeticOptions());
        Assert.EndsWith("#### 4", answers[^1].Text, StringComparison.Ordinal);
        Assert.Contains(told, prompt => prompt.EndsWith($"<|user|>{FeedbackPhrases.BuiltIn[Tone.Neutral][0]} Step 2 is wrong.\n<|assistant|>", StringComparison.Ordinal));
        (answers, _) = await RunAsync(model, new HeartOptions { FullFeedback = true }, new StepArithmeticOptions());
        Assert.Contains(told, prompt => prompt.EndsWith("Step 2 is wrong: 2+2 is not 5.\n<|assistant|>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_NothingPasses_VotesOverAllAttemptsAndSaysSo()
    {
        await using StoryModel model = Climbing([], stuckAt: 2);
        var (answers, run) = await RunAsync(model, new HeartOptions { Rounds = 3 }, new NumericOptions { Reference = "9" });
        Assert.Equal(4, run.Ledger.Candidates.Count);
        Assert.Equal(("a: 1+1=2\n#### 2", 0.75), (answers[^1].Text, answers[^1].Score));
        Assert.Contains("No attempt passed", Assert.Single(answers[^1].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WithoutVerifier_MajorityWinsNotTheLastOne()
    {
        // 1, 1, 2: told to check again, the model changes its mind at the end.
        int asked = 0;
        var seen = new HashSet<string>();
        await using var model = new StoryModel(prompt =>
        {
            asked += seen.Add(prompt) ? 1 : 0;
            return [(asked < 3 ? "#### 1" : "#### 2", 1)];
        }, capacity: 2000);
        var (answers, run) = await RunAsync(model, new HeartOptions { Rounds = 2 });
        Assert.Equal(3, run.Ledger.Candidates.Count);
        Assert.Equal("#### 1", answers[^1].Text);
        Assert.Contains("Without a verifier nothing says when to stop: 3 attempts", Assert.Single(answers[^1].Notes), StringComparison.Ordinal);
        Assert.DoesNotContain(seen, prompt => prompt.Contains("is wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_Tie_IsBrokenByASynthesisOfAllAttempts()
    {
        await using var model = new StoryModel(prompt =>
            [(prompt.Contains("The attempts differ", StringComparison.Ordinal) ? "#### 7" : prompt.Contains("#### 1", StringComparison.Ordinal) ? "#### 2" : "#### 1", 1)], capacity: 2000);
        var (answers, run) = await RunAsync(model, new HeartOptions { Rounds = 1 });
        Assert.Equal(("#### 7", 3), (answers[^1].Text, run.Ledger.Candidates.Count));
        Assert.Contains("synthesis", Assert.Single(answers[^1].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ConversationOutgrowsTheContext_StopsWithWhatItHas()
    {
        await using var model = new StoryModel(_ => [(new string('a', 60), 1)], capacity: 100);
        var (answers, run) = await RunAsync(model, new HeartOptions { Rounds = 4 });
        Assert.Single(run.Ledger.Candidates);
        Assert.Contains("does not fit", Assert.Single(answers[^1].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Budget_EndsTheRounds()
    {
        await using StoryModel model = Climbing([]);
        for (int tokens = 30; tokens < 300; tokens += 30)
        {
            GenerationRun run = model.Start(StoryModel.Chat("How many?", new HeartOptions { Rounds = 6, N = 2 }) with
            {
                Verifiers = [new NumericOptions { Reference = "9" }],
                Budget = new() { MaxTotalTokens = tokens },
            });
            Assert.NotEmpty(await run.RunAsync().ToListAsync());
            Assert.Equal("max_total_tokens", run.BudgetExhausted);
            await model.AssertNothingLivesAsync();
        }
    }

    [Fact]
    public void BuiltIn_EveryTone_HasShortSentences() =>
        Assert.All(FeedbackPhrases.Tones, tone => Assert.True(FeedbackPhrases.BuiltIn[tone].Count >= 3 && FeedbackPhrases.BuiltIn[tone].All(p => p.EndsWith('.') && p.Length < 50)));

    [Theory]
    [InlineData("[]", "object")]
    [InlineData("""{"neutral":["a"]}""", "'anger'")]
    [InlineData("""{"neutral":["a"],"anger":["a"],"disgust":["a"],"fear":["a"],"happiness":["a"],"sadness":["a"],"surprise":[" "]}""", "'surprise'")]
    [InlineData("""{"neutral":["a"],"anger":["a"],"disgust":["a"],"fear":["a"],"happiness":["a"],"sadness":["a"],"surprise":["a"],"envy":["a"]}""", "'envy'")]
    public void Parse_PhraseFileWithAMistake_SaysWhich(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => FeedbackPhrases.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Start_VerifierGuidanceWithoutVerifier_IsRefused()
    {
        await using StoryModel model = Climbing([]);
        Assert.Equal("strategies[0].guidance", Assert.Throws<StrategyPlanException>(() =>
            model.Start(StoryModel.Chat("How many?", new HeartOptions { Guidance = HeartGuidance.Verifier }))).Path);
    }
}
