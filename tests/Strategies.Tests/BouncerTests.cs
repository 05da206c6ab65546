using InferenceServer.Plugins;
using InferenceServer.Strategies.Calibration;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests;

public class BouncerTests
{
    private static readonly (string, double)[] Sure = [("#### 5", 19), ("#### 6", 1)], Torn = [.. Enumerable.Range(0, 8).Select(i => ($"#### {i}", 1.0))];

    private static async Task<(Answer Answer, GenerationRun Run)> RunAsync(StoryModel model, GenerationRequest request, StrategyCatalog? catalog = null)
    {
        GenerationRun run = model.Start(request, catalog: catalog);
        Answer answer = Assert.Single(await run.RunAsync().ToListAsync());
        await model.AssertNothingLivesAsync();
        return (answer, run);
    }

    [Fact]
    public async Task RunAsync_SamplesAgree_AnswerIsGivenWithItsConfidence()
    {
        await using var model = new StoryModel(Sure);
        var (answer, _) = await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8 }));
        Assert.Equal(("#### 5", "stop", null), (answer.Text, answer.FinishReason, answer.Abstention));
        Assert.InRange(answer.Score!.Value, 0.6, 1);
    }

    [Fact]
    public async Task RunAsync_SamplesDisagree_AnswerIsWithheldAndStaysOnTheBill()
    {
        await using var model = new StoryModel(Torn);
        var (answer, run) = await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8, Threshold = 0.9 }));
        Assert.Equal(("", "abstained", "output", "low_confidence"), (answer.Text, answer.FinishReason, answer.Abstention!.Stage, answer.Abstention.Label));
        Assert.InRange(answer.Abstention.Confidence!.Value, 0, 0.89);
        Assert.Contains("0.9", answer.Abstention.Reason, StringComparison.Ordinal);
        Assert.Equal((8, answer.Candidate.Tokens.Count), (run.Ledger.Candidates.Count, run.Ledger.Answer));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(2, 24)]
    public async Task RunAsync_Retries_SampleMoreBeforeTheAnswerIsWithheld(int retries, int candidates)
    {
        await using var model = new StoryModel(Torn);
        var (answer, run) = await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8, Threshold = 0.9, Retries = retries }));
        Assert.Equal(("abstained", candidates), (answer.FinishReason, run.Ledger.Candidates.Count));
    }

    [Fact]
    public async Task RunAsync_Retries_StopWhenTheAnswerIsSureOrCannotBeKnown()
    {
        foreach (var story in (IReadOnlyList<(string, double)>[])[Sure, [("#### unknown", 1)]])
        {
            await using var model = new StoryModel([.. story]);
            var (_, run) = await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8, Retries = 3, Threshold = 0.6 }));
            Assert.Equal(8, run.Ledger.Candidates.Count);
        }
    }

    [Theory]
    [InlineData("missing: the price of a pen")]
    [InlineData("bags: 3*13=39\ntotal from pens, missing: the price of a pen")]
    public async Task RunAsync_ModelSaysUnknown_BouncesTheRequestAndNamesWhatIsMissing(string solution)
    {
        await using var model = new StoryModel([(solution + "\n#### unknown", 1)]);
        var (answer, _) = await RunAsync(model, StoryModel.Chat("How much?", new BouncerOptions()));
        Assert.Equal(("input", "impossible", 1.0), (answer.Abstention!.Stage, answer.Abstention.Label, answer.Abstention.Confidence));
        Assert.Equal(["the price of a pen"], answer.Abstention.Missing);
    }

    [Theory]
    [InlineData("What it is about is missing.\nvague", "vague")]
    [InlineData("The number is missing.\nImpossible", "impossible")]
    [InlineData("It could be vague, but no.\nwell_specified", null)]
    [InlineData("reasonably_specified", null)]
    [InlineData("qwerty", null)]
    public async Task RunAsync_InputGate_BouncesVagueAndImpossibleRequests(string reply, string? label)
    {
        await using var model = new StoryModel(prompt => [(prompt.Contains("experienced engineer", StringComparison.Ordinal) ? reply : "#### 5", 1)], capacity: 2000);
        var (answer, run) = await RunAsync(model, StoryModel.Chat("How much?", new BouncerOptions { InputGate = InputGate.Model }));
        Assert.Equal(label, answer.Abstention?.Label);
        Assert.True(run.Ledger.Scorer > 0);
        if (label is null)
            Assert.Equal("#### 5", answer.Text);
        else
        {
            Assert.Equal(("abstained", "input", 0), (answer.FinishReason, answer.Abstention!.Stage, run.Ledger.Answer + run.Ledger.Discarded));
            Assert.Equal(reply.Split('\n')[0], Assert.Single(answer.Abstention.Missing));
        }
    }

    [Fact]
    public async Task RunAsync_ProcessReward_TakesTheBestRewardedAnswer()
    {
        await using var model = new StoryModel(Torn, said => said.EndsWith('3') ? 0.9 : 0.1);
        var (answer, _) = await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 40, Confidence = ConfidenceMeasure.ProcessReward, Threshold = 0.8 }));
        Assert.Equal(("#### 3", 0.9), (answer.Text, Math.Round(answer.Score!.Value, 4)));
    }

    [Theory]
    [InlineData("3", "stop")]
    [InlineData("99", "abstained")]
    public async Task RunAsync_Verifier_DecidesWhatIsGiven(string reference, string finish)
    {
        await using var model = new StoryModel(Torn);
        GenerationRequest request = StoryModel.Chat("How many?", new BouncerOptions { K = 40, Confidence = ConfidenceMeasure.Verifier, Threshold = 0.9 });
        var (answer, _) = await RunAsync(model, request with { Verifiers = [new NumericOptions { Reference = reference }] });
        Assert.Equal(finish, answer.FinishReason);
        if (finish == "stop")
            Assert.Equal("#### 3", answer.Text);
    }

    [Fact]
    public async Task RunAsync_ScoreOfTheStrategyInside_IsTheConfidence()
    {
        await using var model = new StoryModel(Torn);
        var plan = new StrategyOptions[] { new BouncerOptions { K = 1, Confidence = ConfidenceMeasure.Score, Threshold = 0.9 }, new SelfConsistencyOptions { N = 8 } };
        var (answer, run) = await RunAsync(model, StoryModel.Chat("How many?", plan));
        Assert.Equal(("abstained", 8), (answer.FinishReason, run.Ledger.Candidates.Count));
    }

    [Fact]
    public async Task RunAsync_Combined_IsTheMeanOfWhatThereIs()
    {
        await using var model = new StoryModel([("#### 5", 1)], _ => 0.6);
        GenerationRequest request = StoryModel.Chat("How many?", new BouncerOptions { K = 2, Confidence = ConfidenceMeasure.Combined, Threshold = 0 });
        Assert.Equal(0.8, (await RunAsync(model, request)).Answer.Score!.Value, 5);
        Assert.Equal((1 + 0.6 + 0) / 3, (await RunAsync(model, request with { Verifiers = [new NumericOptions { Reference = "9" }] })).Answer.Score!.Value, 5);
    }

    [Fact]
    public async Task RunAsync_NoThreshold_TakesTheCalibratedOne()
    {
        await using var model = new StoryModel(Torn);
        var catalog = new StrategyCatalog(new PluginCatalog([typeof(Plain).Assembly], new Services().With<ICalibrationSource>(new Fixed())));
        Assert.Equal("stop", (await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8, Calibration = "lenient" }), catalog)).Answer.FinishReason);
        Assert.Equal("abstained", (await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8 }), catalog)).Answer.FinishReason);
        // When the state is away, the server goes on with the uncalibrated threshold.
        Assert.Equal("abstained", (await RunAsync(model, StoryModel.Chat("How many?", new BouncerOptions { K = 8, Calibration = "away" }), catalog)).Answer.FinishReason);
    }

    private sealed class Fixed : ICalibrationSource
    {
        public ValueTask<double?> ThresholdAsync(string tenant, string name, CancellationToken cancellationToken) =>
            name == "away" ? throw new StateUnavailableException("gone") : new(name == "lenient" ? 0.01 : null);
    }

    [Fact]
    public async Task Start_PlanThatCannotWork_IsRefused()
    {
        await using var model = new StoryModel(Sure);
        Refused("strategies[1]", new PlainOptions(), new BouncerOptions());
        Refused("strategies[0].k", new BouncerOptions { K = 1 });
        Refused("strategies[0].confidence", new BouncerOptions { Confidence = ConfidenceMeasure.ProcessReward });
        Refused("strategies[0].confidence", new BouncerOptions { Confidence = ConfidenceMeasure.Verifier });
        Refused("strategies[0].confidence", new BouncerOptions { Confidence = ConfidenceMeasure.Score });

        void Refused(string path, params StrategyOptions[] plan) => Assert.Equal(path, Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Chat("?", plan))).Path);
    }

    [Fact]
    public async Task RunAsync_TheWholeHouse_RunsAsOneRequest()
    {
        await using var model = new StoryModel(prompt => [(prompt.Contains("is wrong", StringComparison.Ordinal) ? "b: 2+2=4\n#### 4" : "a: 1+1=2\n#### 2", 1)], _ => 0.7, capacity: 3000);
        StrategyOptions[] plan =
        [
            new BouncerOptions { K = 2 }, new HeartOptions { Rounds = 2 }, new BestOfNOptions { N = 4, Select = "surprisal" }, new EarlyRejectionOptions { Tau = 3 },
        ];
        var (answer, run) = await RunAsync(model, StoryModel.Chat("How many?", plan) with { Verifiers = [new NumericOptions { Reference = "4" }] });
        Assert.Equal(("b: 2+2=4\n#### 4", 1.0), (answer.Text, answer.Score));
        // Two runs of two rounds of four candidates, of which one each is told to its end.
        Assert.Equal((16, 4), (run.Ledger.Candidates.Count, run.Ledger.Candidates.Count(c => c.FinishReason == "stop")));
    }
}
