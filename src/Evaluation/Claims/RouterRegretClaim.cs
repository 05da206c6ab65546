using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Evaluation.Statistics;
using InferenceServer.Experiments.Routers;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Statistics;
using Interval = InferenceServer.Trainer.Statistics.Interval;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Routers on arms with known means, beside UCB1 and the greedy baseline. Regret alone flatters a router that locks in early, so suffix failure stands beside it
/// (arXiv:2509.24923). A stationary world has no use for a floor and for forgetting, which every router has in service by default: routers are shown without and with them.
/// </summary>
[Plugin("router_regret", "What routers lose against the best arm, and how often they give it up.", Paper = "arXiv:2509.24923, arXiv:2403.15371")]
public sealed class RouterRegretClaim : IClaim<RouterRegretClaimOptions>
{
    private static readonly int[] Reports = [50, 150, 300];
    private const int Suffix = 150;

    private static readonly string[] Bare = ["ucb1", "thompson", "epsilon_greedy", "greedy"], InService = ["ucb1", "thompson"];

    public bool NeedsModel => false;

    public long Completions(RouterRegretClaimOptions options) => 0;

    public Task<ClaimReport> RunAsync(RouterRegretClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        var report = new ClaimReport("Routers");
        report.Text.Add(FormattableString.Invariant($"{options.Seeds:n0} runs of {Reports[^1]} requests a row; all routers meet the same arms, and none was tuned on them. Bernoulli rewards have means uniform in 0 to 1, Gaussian rewards deviation 1 and means from N(0, 1). Regret is the sum of what the best arm would have earned more; suffix failure: the best arm is never chosen after request {Suffix}; greedy: choices of the best so far; least: arms x the least chosen arm's share; best: choices of the best arm, all at {Reports[^1]}. Bare routers have no floor and forget nothing, so that they are the textbook's; in service they have their defaults, a floor and a discount, which cost regret where nothing ever changes."));
        foreach (int arms in options.Arms)
            foreach (MetricKind kind in (MetricKind[])[MetricKind.Proportion, MetricKind.Mean])
                Measure(options, arms, kind, report, cancellationToken);
        return Task.FromResult(report);
    }

    private static void Measure(RouterRegretClaimOptions options, int arms, MetricKind kind, ClaimReport report, CancellationToken cancellationToken)
    {
        string world = $"{arms} {(kind == MetricKind.Proportion ? "Bernoulli" : "Gaussian")} arms";
        var simulation = new BanditSimulation(arms, kind, Reports[^1]);
        var rows = new List<IReadOnlyList<string>>();
        var runs = new Dictionary<string, BanditRun[]>();
        foreach (var (name, plain) in Bare.Select(name => (name, true)).Concat(InService.Select(name => (name, false))))
        {
            Router router = RouterCatalog.BuiltIn.Bind(JsonSerializer.SerializeToElement(plain ? new { name, floor = 0.0, discount = 1.0 } : (object)new { name }), "router");
            var run = new BanditRun[options.Seeds];
            Parallel.For(0, options.Seeds, new ParallelOptions { CancellationToken = cancellationToken }, i => run[i] = simulation.Run(router, options.FirstSeed + i));
            string label = plain ? name : $"{name}, in service";
            runs[label] = run;
            Interval suffix = Failure(run);
            report.Measures[$"regret, {label}, {world}"] = Bootstrap.Mean([.. run.Select(one => one.Regret[^1])], Resamples);
            report.Measures[$"suffix failure, {label}, {world}"] = suffix;
            rows.Add([label, .. Reports.Select(t => Number(run.Average(one => one.Regret[t - 1]))), Figures.Percent(suffix), Figures.Percent(run.Average(one => one.GreedyFrequency)), Share(run.Average(one => one.MinFraction(Reports[^1]))), Figures.Percent(run.Average(one => one.BestArmFrequency(Reports[^1])))]);
        }
        report.Tables.Add(new($"Mean over runs, {world}", ["router", .. Reports.Select(t => $"regret at {t}"), $"suffix failure at {Suffix}", "greedy", "least", "best"], rows));
        foreach (string service in (string[])["", ", in service"])
        {
            Interval ratio = Bootstrap.Ratio([.. runs["thompson" + service].Zip(runs["ucb1" + service], (mine, other) => (mine.Regret[^1], other.Regret[^1]))], Resamples);
            report.Measures[$"regret of thompson over ucb1{service}, {world}"] = ratio;
            report.Headlines.Add(new($"thompson{service}", $"ucb1{service}", $"regret after {Reports[^1]} requests, {world}", Number(runs["thompson" + service].Average(one => one.Regret[^1])), Number(runs["ucb1" + service].Average(one => one.Regret[^1])), $"{Figures.Number(ratio)} times"));
            report.Headlines.Add(new($"thompson{service}", $"ucb1{service}", $"suffix failure at {Suffix}, {world}", Figures.Percent(Failure(runs["thompson" + service])), Figures.Percent(Failure(runs["ucb1" + service])), ""));
        }
        report.Headlines.Add(new("greedy, the baseline", "ucb1", $"suffix failure at {Suffix}, {world}", Figures.Percent(Failure(runs["greedy"])), Figures.Percent(Failure(runs["ucb1"])), ""));
    }

    private const int Resamples = 2000;

    private static Interval Failure(BanditRun[] runs) => Wilson.Proportion(runs.Count(one => one.SuffixFailure(Suffix)), runs.Length);

    private static string Number(double value) => value.ToString("f1", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("f3", CultureInfo.InvariantCulture);
}

public sealed record RouterRegretClaimOptions : ClaimOptions
{
    [Description("Runs of each router on each family of arms.")]
    [Range(1, 100_000)]
    public int Seeds { get; init; } = 1000;

    [Description("The seed of the first run, the others follow; settings were chosen on seeds below 1,002,000.")]
    [Range(1_002_000, 2_000_000_000)]
    public int FirstSeed { get; init; } = 2_000_000;

    [Description("How many arms.")]
    public IReadOnlyList<int> Arms { get; init; } = [5, 10];
}
