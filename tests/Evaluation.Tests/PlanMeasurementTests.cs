using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Shared;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Tests;

public class PlanMeasurementTests
{
    private static readonly EvaluationRecipe Recipe = new() { Model = "", Plans = [], MaxTokens = 5, Slots = 8 };
    private static readonly EvaluationPlan Plain = new() { Name = "plain", Temperature = 1 };

    private static PlanMeasurement Measurement(GuessingModel model, Journal journal, string fingerprint = "one") =>
        new(model.Model, fingerprint, question => model.Tokenizer.Encode(question), StrategyCatalog.BuiltIn, journal, TimeProvider.System);

    private static Task<ProblemOutcome[]> RunAsync(PlanMeasurement measurement, EvaluationPlan plan, StrategyOptions? strategy = null, Action? onProblem = null, CancellationToken token = default) =>
        measurement.RunAsync(plan, strategy is null ? [] : [strategy], GuessingModel.Problems, Recipe, onProblem ?? (() => { }), token);

    [Fact]
    public async Task RunAsync_Plain_CountsRightAnswersAndTokens()
    {
        await using var model = new GuessingModel();
        int done = 0;
        ProblemOutcome[] outcomes = await RunAsync(Measurement(model, new()), Plain, onProblem: () => Interlocked.Increment(ref done));
        Assert.Equal(40, done);
        Assert.InRange(outcomes.Sum(o => o.Correct), 22, 37);
        Assert.All(outcomes.Zip(GuessingModel.Problems), pair => Assert.Equal(pair.First.Text == pair.Second.Answer ? 1 : 0, pair.First.Correct));
        Assert.All(outcomes, o => Assert.Equal((1, 2, 2, 0), (o.Samples, o.Prompt, o.Answer, o.Discarded)));
    }

    [Fact]
    public async Task RunAsync_GreedyAndVote_KnowBetterThanOneGuess()
    {
        await using var model = new GuessingModel();
        PlanMeasurement measurement = Measurement(model, new());
        Assert.Equal(40, (await RunAsync(measurement, Plain with { Temperature = 0 })).Sum(o => o.Correct));
        ProblemOutcome[] one = await RunAsync(measurement, Plain), vote = await RunAsync(measurement, Plain, new SelfConsistencyOptions { N = 15, EarlyStop = false });
        Assert.True(vote.Sum(o => o.Correct) > one.Sum(o => o.Correct));
        Assert.All(vote, o => Assert.Equal((2, 28), (o.Answer, o.Discarded)));
    }

    [Fact]
    public async Task RunAsync_SeveralSamples_BeginWithTheSingleOne()
    {
        await using var model = new GuessingModel();
        PlanMeasurement measurement = Measurement(model, new());
        ProblemOutcome[] one = await RunAsync(measurement, Plain), eight = await RunAsync(measurement, Plain with { Samples = 8 });
        Assert.Equal(one.Select(o => o.Text), eight.Select(o => o.Text));
        Assert.InRange(eight.Average(o => o.Accuracy), 0.65, 0.85);
        Assert.All(eight, o => Assert.Equal((8, 16, 0), (o.Samples, o.Answer, o.Discarded)));
    }

    [Fact]
    public async Task RunAsync_Interrupted_GoesOnFromTheJournal()
    {
        await using var model = new GuessingModel();
        using var folder = new TemporaryFolder();
        ProblemOutcome[] expected = await RunAsync(Measurement(model, new()), Plain);
        using (var journal = new Journal(folder.File("journal.jsonl")))
        {
            using var cancel = new CancellationTokenSource();
            int done = 0;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(Measurement(model, journal), Plain, onProblem: () =>
            {
                if (Interlocked.Increment(ref done) == 10)
                    cancel.Cancel();
            }, token: cancel.Token));
        }
        int kept = File.ReadAllLines(folder.File("journal.jsonl")).Length;
        Assert.InRange(kept, 10, 39);
        using (var journal = new Journal(folder.File("journal.jsonl")))
        {
            ProblemOutcome[] resumed = await RunAsync(Measurement(model, journal), Plain);
            Assert.Equal(expected.Select(o => o.Text), resumed.Select(o => o.Text));
            Assert.Equal(40, File.ReadAllLines(folder.File("journal.jsonl")).Length);

            // A finished plan costs nothing; another model or setting finds nothing.
            long steps = model.Decoder.Steps;
            await RunAsync(Measurement(model, journal), Plain);
            Assert.Equal(steps, model.Decoder.Steps);
            await RunAsync(Measurement(model, journal, "two"), Plain);
            await RunAsync(Measurement(model, journal), Plain with { Temperature = 0.5 });
            Assert.True(model.Decoder.Steps > steps);
        }
        Assert.Equal(120, File.ReadAllLines(folder.File("journal.jsonl")).Length);
    }

    [Fact]
    public async Task RunAsync_PlanThatCannotRun_SaysWhy()
    {
        await using var model = new GuessingModel();
        var error = await Assert.ThrowsAsync<StrategyPlanException>(() => RunAsync(Measurement(model, new()), Plain, new BestOfNOptions { Select = "process_reward" }));
        Assert.Equal("strategies[0].select", error.Path);
    }

    [Fact]
    public void PlanReport_AgainstABaseline_PairsByProblem()
    {
        ProblemOutcome right = new(1, 1, 10, 5, 20, 40, 2e9, 4, ""), wrong = right with { Correct = 0 };
        ProblemOutcome[] baseline = [.. Enumerable.Repeat(right, 10), .. Enumerable.Repeat(wrong, 10)];
        ProblemOutcome[] better = [.. Enumerable.Repeat(wrong, 1), .. Enumerable.Repeat(right, 18), wrong];
        PlanReport report = PlanReport.Of(Plain, "[]", better, baseline);
        Assert.Equal((0.9, 0.4), (report.Accuracy.Estimate, report.Difference!.Value.Estimate));
        Assert.Equal(Statistics.McNemar.ExactP(1, 9), report.McNemarP);
        Assert.Equal((10, 5, 20, 40, 2e9, 4), (report.PromptTokens, report.CachedTokens, report.AnswerTokens, report.DiscardedTokens, report.Flops, report.Milliseconds));
        Assert.Null(PlanReport.Of(Plain, "[]", baseline, null).Difference);

        ProblemOutcome half = new(4, 2, 10, 5, 20, 0, 2e9, 4, "");
        PlanReport several = PlanReport.Of(Plain with { Samples = 4 }, "[]", [half, half], [right, wrong]);
        Assert.Equal([1, 2, 4], several.PassAtK.Keys);
        Assert.Equal((0.5, 5.0 / 6, 1, null), (several.PassAtK[1].Estimate, several.PassAtK[2].Estimate, several.PassAtK[4].Estimate, several.McNemarP));
    }
}
