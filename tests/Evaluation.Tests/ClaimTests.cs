using System.Globalization;
using System.Text.Json;
using InferenceServer.Evaluation.Claims;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Shared;
using InferenceServer.Strategies;
using InferenceServer.Trainer.Evaluating;
using Spectre.Console;

namespace InferenceServer.Evaluation.Tests;

/// <summary>Claims on a tiny model of random weights: everything runs, and what is replayed is what the strategies do.</summary>
public sealed class ClaimTests
{
    private static readonly IAnsiConsole Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StringWriter()), Ansi = AnsiSupport.No });

    private static string HeldOut(string set) => JsonSerializer.Serialize(Path.Combine(RepositoryRoot.Path, "recipes", "held-out", $"{set}.jsonl"));

    private static EvaluationRecipe Recipe(string folder, string claims, bool withReward = false) => new()
    {
        Model = Path.Combine(folder, "model"),
        RewardModel = withReward ? Path.Combine(folder, "model") : null,
        MaxTokens = 16,
        Threads = 1,
        Slots = 16,
        Claims = [.. JsonDocument.Parse(claims).RootElement.EnumerateArray()],
        Journal = Path.Combine(folder, "journal.jsonl"),
    };

    [Fact]
    public async Task RunAsync_ClaimsBySimulation_NeedNoModel()
    {
        using var folder = new TemporaryFolder();
        var recipe = new EvaluationRecipe
        {
            Claims = [.. JsonDocument.Parse("""
                [{"name":"always_valid","runs":40,"observations":60},{"name":"sample_size","runs":20,"lift":0.2,"baselines":[0.4]},{"name":"router_regret","seeds":4,"arms":[3]}]
                """).RootElement.EnumerateArray()],
        };
        EvaluationReport report = await EvaluationRun.RunAsync(recipe, "evaluation recipe", Console, TimeProvider.System);
        Assert.Equal(["always_valid", "sample_size", "router_regret"], report.Claims.Select(claim => claim.Name));
        Assert.All(report.Claims, claim => Assert.NotEmpty(claim.Report.Headlines));
        Assert.InRange(report.Claims[0].Measures["always valid, right in 50 %"].Estimate, 0, 0.1);
        Assert.InRange(report.Claims[1].Measures["power at the sequential formula's size, 40 %"].Estimate, 0.5, 1);
        report.Save([folder.File("experiments-results.md")]);
        string page = File.ReadAllText(folder.File("experiments-results.md"));
        Assert.DoesNotContain("Model:", page, StringComparison.Ordinal);
        Assert.Contains("| greedy |", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_EveryClaim_FillsThePageThePicturesAndTheReadme()
    {
        using var folder = new TemporaryFolder();
        EvaluationRunTests.WriteModel(folder.File("model"));
        File.WriteAllText(folder.File("README.md"), "before\n<!-- results:begin -->\nold\n<!-- results:end -->\nafter\n");
        EvaluationRecipe recipe = Recipe(folder.Path, $$"""
            [{"name":"early_rejection","count":3,"validation":2,"n":4,"samples":16,"taus":[0,4],"keeps":[1,2],"confirm":2},{"name":"sampling","count":3,"samples":16},
             {"name":"surprisal","problems":{{HeldOut("countdown")}},"count":3,"samples":4},{"name":"echo","count":2,"validation":2,"samples":2,"first_stages":[4],"max_tokens":[16]},
             {"name":"heart","count":2,"rounds":2},{"name":"handbook","count":2,"validation":2,"samples":2,"ks":[1]},
             {"name":"bouncer","problems":{{HeldOut("unknown")}},"count":4,"validation":4,"k":4},{"name":"overhead","count":2,"n":2,"tokens":4}]
            """, withReward: true) with { Readme = folder.File("README.md"), Beside = ["online.md"] };
        EvaluationReport report = await EvaluationRun.RunAsync(recipe, "evaluation recipe", Console, TimeProvider.System);
        Assert.Equal(8, report.Claims.Count);
        Assert.All(report.Claims, claim => Assert.True(claim.Tokens > 0 || claim.Name == "overhead", claim.Name));

        report.Save([folder.File("docs/results.md"), folder.File("docs/results.json")], readme: recipe.Readme);
        string page = File.ReadAllText(folder.File("docs/results.md")), readme = File.ReadAllText(folder.File("README.md"));
        foreach (ClaimFigure figure in report.Claims.SelectMany(claim => claim.Report.Figures))
        {
            Assert.Contains($"](figures/{figure.File})", page, StringComparison.Ordinal);
            Assert.StartsWith("<svg", File.ReadAllText(folder.File($"docs/figures/{figure.File}")), StringComparison.Ordinal);
        }
        Assert.Contains("[online.md](online.md)", page, StringComparison.Ordinal);
        string[] rows = [.. readme.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.True(rows.Length > 5, readme);
        Assert.All(rows, row => Assert.Contains(row, page.Split('\n')));
        Assert.True(readme.StartsWith("before\n", StringComparison.Ordinal) && readme.EndsWith("after\n", StringComparison.Ordinal) && !readme.Contains("old", StringComparison.Ordinal), readme);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder.File("docs/results.json")));
        Assert.True(json.RootElement.GetProperty("claims")[0].GetProperty("measures").EnumerateObject().Any());

        // Again: all is in the journal, so no line is added to it.
        int lines = File.ReadAllLines(recipe.Journal!).Length;
        await EvaluationRun.RunAsync(recipe with { Claims = [.. recipe.Claims.SkipLast(1)] }, "evaluation recipe", Console, TimeProvider.System);
        Assert.Equal(lines, File.ReadAllLines(recipe.Journal!).Length);
    }

    [Theory]
    [InlineData("once", 4, 1)]
    [InlineData("once", 0, 2)]
    [InlineData("halving", 5, 1)]
    [InlineData("halving", 0, 3)]
    public async Task RejectionReplay_SameSeeds_IsWhatTheStrategyDoes(string schedule, int tau, int keep)
    {
        using var folder = new TemporaryFolder();
        EvaluationRunTests.WriteModel(folder.File("model"));
        await using LocalTarget target = TargetFactory.Load(folder.File("model"), null, null, slots: 16, threads: 1, TimeProvider.System);
        using var journal = new Journal();
        var measurement = new Measurement(target, journal, maxTokens: 24, seed: 5);
        IReadOnlyList<Problem> problems = Problem.Generate(3, 6);
        PooledProblem[] pool = await PoolDrawing.DrawAsync(measurement, problems, samples: 8, temperature: 2, () => { }, default);
        string plan = string.Create(CultureInfo.InvariantCulture, $"[{{\"name\":\"early_rejection\",\"n\":8,\"keep\":{keep},\"tau\":{tau},\"schedule\":\"{schedule}\"}}]");
        TrialOutcome[] real = await measurement.RunAsync(new Arm("real", plan) { Temperature = 2 }, problems, () => { });

        var replay = new RejectionReplay(FlopEstimate.Of(target.Model), null);
        PoolSelector choice = PoolSelector.Best(PoolScore.ValueHead);
        for (int i = 0; i < problems.Count; i++)
        {
            RejectionOutcome outcome = replay.Run(pool[i], [.. Enumerable.Range(0, 8)], new(schedule == "once" ? RejectionSchedule.Once : RejectionSchedule.Halving, tau, keep), PoolScore.ValueHead.Part);
            Assert.Equal(real[i].Answers[0].Text, pool[i].Samples[choice.Choose(pool[i], outcome.Finished)[0]].Text);
            Assert.Equal(real[i].Bill.Answer + real[i].Bill.Discarded, outcome.Tokens);
            // Nothing else asked for this prompt's tokens but the pool, whose prompt may still be cached.
            Assert.Equal(real[i].Bill.Flops + FlopEstimate.Of(target.Model).Prefill(0, real[i].Bill.Cached), outcome.Flops, outcome.Flops * 1e-9);
        }
    }

    [Theory]
    [InlineData("vote")]
    [InlineData("likelihood")]
    [InlineData("self_certainty")]
    [InlineData("process_reward")]
    public async Task PoolSelectors_SameSeeds_ChooseWhatBestOfNDoes(string select)
    {
        using var folder = new TemporaryFolder();
        EvaluationRunTests.WriteModel(folder.File("model"));
        await using LocalTarget target = TargetFactory.Load(folder.File("model"), null, null, slots: 16, threads: 1, TimeProvider.System);
        using var journal = new Journal();
        var measurement = new Measurement(target, journal, maxTokens: 12, seed: 5);
        IReadOnlyList<Problem> problems = Problem.Generate(3, 6);
        PooledProblem[] pool = await PoolDrawing.DrawAsync(measurement, problems, samples: 8, temperature: 1.5, () => { }, default);
        TrialOutcome[] real = await measurement.RunAsync(new Arm("real", $"[{{\"name\":\"best_of_n\",\"n\":8,\"select\":\"{select}\"}}]") { Temperature = 1.5 }, problems, () => { });
        PoolSelector selector = select switch
        {
            "vote" => PoolSelector.Vote,
            "likelihood" => PoolSelector.Best(PoolScore.Likelihood),
            "self_certainty" => PoolSelector.Best(PoolScore.SelfCertainty),
            _ => PoolSelector.Best(PoolScore.ValueHead),
        };
        Assert.Equal(real.Select(outcome => outcome.Answers[0].Text), pool.Select(problem => problem.Samples[selector.Choose(problem, [.. Enumerable.Range(0, 8)])[0]].Text));
    }

    [Fact]
    public async Task RunAsync_ClaimThatTheTargetCannotServe_SaysWhyAndGoesOn()
    {
        using var folder = new TemporaryFolder();
        EvaluationRunTests.WriteModel(folder.File("model"), valueHead: false);
        EvaluationReport report = await EvaluationRun.RunAsync(Recipe(folder.Path, """[{"name":"early_rejection"},{"name":"sampling","count":2,"samples":2}]"""), "", Console, TimeProvider.System);
        Assert.Contains("no value head", Assert.Single(report.Claims[0].Text), StringComparison.Ordinal);
        Assert.NotEmpty(report.Claims[1].Tables);
    }

    [Fact]
    public async Task RunAsync_BadRewardModelOrReadme_SaysSoBeforeMeasuring()
    {
        using var folder = new TemporaryFolder();
        EvaluationRunTests.WriteModel(folder.File("model"), valueHead: false);
        EvaluationRecipe recipe = Recipe(folder.Path, """[{"name":"sampling"}]""");
        Assert.Contains("value head", (await Assert.ThrowsAsync<EvaluationException>(() => EvaluationRun.RunAsync(recipe with { RewardModel = recipe.Model }, "", Console, TimeProvider.System))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("README.md"), "no marks");
        Assert.Contains("results:begin", (await Assert.ThrowsAsync<PageBlockException>(() => EvaluationRun.RunAsync(recipe with { Readme = folder.File("README.md") }, "", Console, TimeProvider.System))).Message, StringComparison.Ordinal);
        Assert.Contains("countdown", (await Assert.ThrowsAsync<EvaluationException>(() => EvaluationRun.RunAsync(Recipe(folder.Path, """[{"name":"surprisal","count":2}]"""), "", Console, TimeProvider.System))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HandbookFile_OfTheTask_SurvivesWritingAndReading()
    {
        using var folder = new TemporaryFolder();
        var handbook = HandbookFile.OfTask();
        Assert.True(handbook.Behaviours.Count > 3);
        Assert.All(handbook.Behaviours, behaviour => Assert.Null(Strategies.Handbooks.BehaviourRules.Check(behaviour)));
        File.WriteAllText(folder.File("task.json"), HandbookFile.Write(handbook.Behaviours));
        var read = HandbookFile.Load(folder.File("task.json"));
        Assert.Equal((handbook.Name, handbook.Version, handbook.Behaviours.Count), (read.Name, read.Version, read.Behaviours.Count));
        File.WriteAllText(folder.File("bad.json"), """{"behaviours":[{"name":"x","instruction":"too short"}]}""");
        Assert.Contains("name must be", Assert.Throws<EvaluationException>(() => HandbookFile.Load(folder.File("bad.json"))).Message, StringComparison.Ordinal);
    }
}
