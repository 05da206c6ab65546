using InferenceServer.Strategies.Echoes;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests;

public class EchoTests
{
    private const string Question = "How many stamps are there?";
    private const string Echo = $"Question: {Question}\n";

    private static async Task<(List<Answer> Answers, GenerationRun Run)> RunAsync(StoryModel model, EchoicPromptingOptions options, params VerifierOptions[] verifiers)
    {
        GenerationRun run = model.Start(StoryModel.Chat(Question, options) with { Verifiers = verifiers });
        List<Answer> answers = await run.RunAsync().ToListAsync();
        await model.AssertNothingLivesAsync();
        return (answers, run);
    }

    [Fact]
    public async Task RunAsync_Echo_PutsTheQuestionAtAStepsEndAndChargesItAsForced()
    {
        await using var model = new StoryModel([($"a: 1+1=2\n{Echo}b: 2+2=4\n#### 4", 1), ("a: 1+1=2\n#### 2", 1000)]);
        var (answers, run) = await RunAsync(model, new EchoicPromptingOptions { FirstStage = 3 });
        Assert.Equal($"a: 1+1=2\n{Echo}b: 2+2=4\n#### 4", Assert.Single(answers).Text);
        Assert.Equal((Echo.Length, answers[0].Candidate.SampledCount, 0), (run.Ledger.Forced, run.Ledger.Answer, run.Ledger.Discarded));
        Assert.Equal(run.Ledger.Prompt + answers[0].Candidate.Tokens.Count, run.Ledger.Total);
    }

    [Theory]
    [InlineData(EchoMode.Single)]
    [InlineData(EchoMode.TwoStagePlain)]
    public async Task RunAsync_Control_SaysWhatPlainSamplingSays(EchoMode mode)
    {
        await using var model = new StoryModel([("a: 1+1=2\n#### 2", 1), ("b\nc\n#### 3", 1)]);
        Answer[] plain = await model.SampleAsync(StoryModel.Chat(Question), 1);
        var (answers, run) = await RunAsync(model, new EchoicPromptingOptions { FirstStage = 3, Mode = mode });
        Assert.Equal(plain[0].Text, answers[^1].Text);
        Assert.Equal(0, run.Ledger.Forced);
    }

    [Fact]
    public async Task RunAsync_FirstStageAnswers_StandsUnlessAVerifierFailsIt()
    {
        await using var model = new StoryModel([("a\n#### 2", 1), ($"a\n{Echo}#### 4", 0.000001)]);
        var (answers, run) = await RunAsync(model, new EchoicPromptingOptions { FirstStage = 50 });
        Assert.Equal(("a\n#### 2", 0), (Assert.Single(answers).Text, run.Ledger.Forced));
        (answers, run) = await RunAsync(model, new EchoicPromptingOptions { FirstStage = 50 }, new NumericOptions { Reference = "4" });
        Assert.Equal(["a\n#### 2", $"a\n{Echo}#### 4"], answers.Select(a => a.Text));
        // The rejected answer's line and its end token.
        Assert.Equal("#### 2".Length + 1, run.Ledger.Discarded);
        (answers, _) = await RunAsync(model, new EchoicPromptingOptions { FirstStage = 50 }, new NumericOptions { Reference = "2" });
        Assert.Equal("a\n#### 2", Assert.Single(answers).Text);
    }

    [Fact]
    public async Task RunAsync_EchoDoesNotFit_GoesOnWithoutItAndSaysSo()
    {
        await using var model = new StoryModel([("a: 1+1=2\nb: 2+2=4\n#### 4", 1)]);
        GenerationRun run = model.Start(StoryModel.Chat(Question, new EchoicPromptingOptions { FirstStage = 3 }) with { MaxTokens = 30 });
        Answer answer = (await run.RunAsync().ToListAsync())[^1];
        Assert.Equal("a: 1+1=2\nb: 2+2=4\n#### 4", answer.Text);
        Assert.Contains("did not fit", Assert.Single(answer.Notes), StringComparison.Ordinal);
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Start_OptionsThatCannotWork_AreRefused()
    {
        await using var model = new StoryModel([("a", 1)]);
        Refused("strategies[0].template", new EchoicPromptingOptions { Template = "Read again." });
        Refused("strategies[0].first_stage", new EchoicPromptingOptions { FirstStage = 200 });
        Refused("strategies[1]", new EchoicPromptingOptions(), new PlainOptions());

        void Refused(string path, params StrategyOptions[] plan) =>
            Assert.Equal(path, Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Chat(Question, plan))).Path);
    }

    [Theory]
    [InlineData("How many stamps are there?", "Question: How many stamps are there?\n1+1=2", true, 37)]
    [InlineData("Emma has 3 stamps. How many has she?", "Emma has 3 stamps. How many does she have? It is 7.", true, 43)]
    [InlineData("How many stamps are there?", "1+1=2\n#### 2", false, 0)]
    [InlineData("How many stamps are there?", "", false, 0)]
    [InlineData("", "anything", false, 0)]
    public void SpanLength_Text_IsThatOfTheFirstSentencesThatRepeatTheQuestion(string question, string text, bool hasEcho, int length)
    {
        Assert.Equal(hasEcho, EchoDetection.HasEcho(question, text));
        Assert.Equal(length, EchoDetection.SpanLength(question, text));
    }

    [Fact]
    public async Task MeasureAsync_NoEcho_GapIsZero()
    {
        await using var model = new StoryModel([("#### 2", 1)]);
        EchoLikelihoodGap gap = await EchoLikelihoodGap.MeasureAsync(model.Model, StoryModel.Chat(Question).Prompt, Question, "#### 2", default);
        Assert.Equal((0, 0.0, 0.0), (gap.EchoTokens, gap.Gap, gap.SuffixGap));
        Assert.Equal(0, gap.Raw, 5);
    }

    [Fact]
    public async Task MeasureAsync_Echo_ComparesWithAndWithoutIt()
    {
        // With the echo the rest is certain; without it, it is one of four.
        string echo = $"{Question}\n";
        await using var model = new StoryModel([($"{echo}2", 1), ("2", 1), ("3", 1), ("4", 1)]);
        EchoLikelihoodGap gap = await EchoLikelihoodGap.MeasureAsync(model.Model, StoryModel.Chat(Question).Prompt, Question, $"{echo}2", default);
        Assert.Equal(echo.Length, gap.EchoTokens);
        Assert.Equal(Math.Log(0.25) / (echo.Length + 1), gap.Raw, 5);
        Assert.Equal(Math.Log(0.25), gap.Trimmed, 5);
        Assert.Equal(-Math.Log(0.25), gap.SuffixGap, 5);
        Assert.Equal(gap.Raw - gap.Trimmed, gap.Gap, 9);
        await model.AssertNothingLivesAsync();
    }
}
