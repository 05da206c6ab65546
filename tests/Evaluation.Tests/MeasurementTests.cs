using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Shared;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Tests;

public class MeasurementTests
{
    private static readonly Arm Plain = new("plain", "[]") { Temperature = 1 };
    private static readonly Arm Vote = Plain with { Strategies = "[{\"name\":\"self_consistency\",\"n\":15,\"early_stop\":false}]" };

    private static Measurement Of(GuessingModel model, Journal journal, string fingerprint = "one") => new(model.Target(fingerprint), journal, maxTokens: 5, seed: 1);

    private static async Task<(TrialOutcome[] Trials, ProblemOutcome[] Outcomes)> RunAsync(Measurement measurement, Arm arm, Action? onProblem = null, int round = 0, CancellationToken token = default)
    {
        TrialOutcome[] trials = await measurement.RunAsync(arm, GuessingModel.Problems, onProblem ?? (() => { }), round, token);
        return (trials, ProblemOutcome.Of(trials, GuessingModel.Problems));
    }

    private static IEnumerable<string> Texts(TrialOutcome[] trials) => trials.Select(trial => trial.Answers[0].Text);

    [Fact]
    public async Task RunAsync_Plain_CountsRightAnswersAndTokens()
    {
        await using var model = new GuessingModel();
        int done = 0;
        var (trials, outcomes) = await RunAsync(Of(model, new()), Plain, onProblem: () => Interlocked.Increment(ref done));
        Assert.Equal(40, done);
        Assert.InRange(outcomes.Sum(o => o.Correct), 22, 37);
        Assert.All(Texts(trials).Zip(GuessingModel.Problems, outcomes), triple => Assert.Equal(triple.First == triple.Second.Answer ? 1 : 0, triple.Third.Correct));
        Assert.All(outcomes, o => Assert.Equal((1, 2, 2, 0), (o.Samples, o.Bill.Prompt, o.Bill.Answer, o.Bill.Discarded)));
    }

    [Fact]
    public async Task RunAsync_GreedyAndVote_KnowBetterThanOneGuess()
    {
        await using var model = new GuessingModel();
        Measurement measurement = Of(model, new());
        Assert.Equal(40, (await RunAsync(measurement, Plain with { Temperature = 0 })).Outcomes.Sum(o => o.Correct));
        ProblemOutcome[] one = (await RunAsync(measurement, Plain)).Outcomes, vote = (await RunAsync(measurement, Vote)).Outcomes;
        Assert.True(vote.Sum(o => o.Correct) > one.Sum(o => o.Correct));
        Assert.All(vote, o => Assert.Equal((2, 28), (o.Bill.Answer, o.Bill.Discarded)));
    }

    [Fact]
    public async Task RunAsync_SeveralSamples_BeginWithTheSingleOne()
    {
        await using var model = new GuessingModel();
        Measurement measurement = Of(model, new());
        var one = await RunAsync(measurement, Plain);
        var eight = await RunAsync(measurement, Plain with { Samples = 8 });
        Assert.Equal(Texts(one.Trials), Texts(eight.Trials));
        Assert.InRange(eight.Outcomes.Average(o => o.Accuracy), 0.65, 0.85);
        Assert.All(eight.Outcomes, o => Assert.Equal((8, 16, 0), (o.Samples, o.Bill.Answer, o.Bill.Discarded)));
        Assert.NotEqual(Texts(one.Trials), Texts((await RunAsync(measurement, Plain, round: 1)).Trials));
    }

    [Fact]
    public async Task RunAsync_Interrupted_GoesOnFromTheJournal()
    {
        await using var model = new GuessingModel();
        using var folder = new TemporaryFolder();
        TrialOutcome[] expected = (await RunAsync(Of(model, new()), Plain)).Trials;
        using (var journal = new Journal(folder.File("journal.jsonl")))
        {
            using var cancel = new CancellationTokenSource();
            int done = 0;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(Of(model, journal), Plain, onProblem: () =>
            {
                if (Interlocked.Increment(ref done) == 10)
                    cancel.Cancel();
            }, token: cancel.Token));
        }
        int kept = File.ReadAllLines(folder.File("journal.jsonl")).Length;
        Assert.InRange(kept, 10, 39);
        using (var journal = new Journal(folder.File("journal.jsonl")))
        {
            TrialOutcome[] resumed = (await RunAsync(Of(model, journal), Plain)).Trials;
            Assert.Equal(Texts(expected), Texts(resumed));
            Assert.Equal(40, File.ReadAllLines(folder.File("journal.jsonl")).Length);

            // A finished plan costs nothing; another model or setting finds nothing.
            long steps = model.Decoder.Steps;
            await RunAsync(Of(model, journal), Plain);
            Assert.Equal(steps, model.Decoder.Steps);
            await RunAsync(Of(model, journal, "two"), Plain);
            await RunAsync(Of(model, journal), Plain with { Temperature = 0.5 });
            Assert.True(model.Decoder.Steps > steps);
        }
        Assert.Equal(120, File.ReadAllLines(folder.File("journal.jsonl")).Length);
    }

    [Fact]
    public async Task RunAsync_PlanThatCannotRun_SaysWhy()
    {
        await using var model = new GuessingModel();
        var error = await Assert.ThrowsAsync<StrategyPlanException>(() => RunAsync(Of(model, new()), Plain with { Strategies = "[{\"name\":\"best_of_n\",\"select\":\"process_reward\"}]" }));
        Assert.Equal("strategies[0].select", error.Path);
    }

    [Fact]
    public void PlanReport_AgainstABaseline_PairsByProblem()
    {
        ProblemOutcome right = new(1, 1, new(10, 5, 20, 40, 0, 0, 2e9, 0, 4)), wrong = right with { Correct = 0 };
        ProblemOutcome[] baseline = [.. Enumerable.Repeat(right, 10), .. Enumerable.Repeat(wrong, 10)];
        ProblemOutcome[] better = [.. Enumerable.Repeat(wrong, 1), .. Enumerable.Repeat(right, 18), wrong];
        PlanReport report = PlanReport.Of(Plain, better, baseline);
        Assert.Equal((0.9, 0.4), (report.Accuracy.Estimate, report.Difference!.Value.Estimate));
        Assert.Equal(Statistics.McNemar.ExactP(1, 9), report.McNemarP);
        Assert.Equal((10, 5, 20, 40, 2e9, 4), (report.PromptTokens, report.CachedTokens, report.AnswerTokens, report.OtherTokens, report.Flops, report.Milliseconds));
        Assert.Null(PlanReport.Of(Plain, baseline, null).Difference);

        ProblemOutcome half = new(4, 2, new(10, 5, 20, 0, 0, 0, 2e9, 0, 4));
        PlanReport several = PlanReport.Of(Plain with { Samples = 4 }, [half, half], [right, wrong]);
        Assert.Equal([1, 2, 4], several.PassAtK.Keys);
        Assert.Equal((0.5, 5.0 / 6, 1, null), (several.PassAtK[1].Estimate, several.PassAtK[2].Estimate, several.PassAtK[4].Estimate, several.McNemarP));
    }
}
