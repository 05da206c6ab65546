using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Strategies;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Scoring beginnings and finishing only the promising ones saves operations at the accuracy of full best-of-N. Settings are swept by replay on one pool of samples, for the value head
/// and, if there is one, a separate reward model whose reading is paid for; the setting is chosen on validation problems; the controls are rejection of the same number at random with the
/// same final selection, and full best-of-N for smaller N. The chosen settings are then run by the strategy itself.
/// </summary>
[Plugin("early_rejection", "Accuracy against operations when beginnings are scored and few are finished.", Paper = "arXiv:2508.01969")]
public sealed class EarlyRejectionClaim : IClaim<EarlyRejectionClaimOptions>
{
    public long Completions(EarlyRejectionClaimOptions options) => options.Samples * (long)options.Count + options.N * (options.Validation + 3L * options.Finals.Count * Math.Min(options.Confirm, options.Count));

    public string? Lacks(EarlyRejectionClaimOptions options, ITarget target) => target.Local switch
    {
        null => "Early rejection is replayed from the tokens' rewards, which only a model in this process tells (--model).",
        { Model.HasValue: false, RewardModel: null } => "The model has no value head, and no separate reward model was given.",
        _ => null,
    };

    public async Task<ClaimReport> RunAsync(EarlyRejectionClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        LocalTarget local = laboratory.Local!;
        IReadOnlyList<Problem> problems = options.LoadProblems();
        PooledProblem[] pool = await laboratory.PoolAsync(options.Problems ?? "generated", problems, options.Samples, options.Temperature, cancellationToken);
        PooledProblem[] validation = await laboratory.PoolAsync("validation", options.GenerateValidation(), options.N, options.Temperature, cancellationToken);
        bool hasReward = local.RewardModel is not null;
        (pool, validation) = (await laboratory.JudgeAsync(pool, cancellationToken), await laboratory.JudgeAsync(validation, cancellationToken));

        var report = new ClaimReport("Early rejection");
        report.Text.Add(FormattableString.Invariant($"N = {options.N}; {problems.Count} problems, {pool[0].Samples.Count / options.N} separate sets of {options.N} samples each, at temperature {options.Temperature}. Operations are estimated as the server bills them, prompts included. ")
            + FormattableString.Invariant($"Each setting (schedule, tau, kept) was chosen on {validation.Length} problems of the training split: the cheapest whose accuracy there is at most {100 * options.Margin:f1} points below full best-of-{options.N}'s. Random rejection keeps as many at the same time and ends in the same final choice. ")
            + FormattableString.Invariant($"`score` finally chooses by the reward of the whole answer, `vote` by the votes of the finished answers; a rejecting plan that votes is `best_of_n` with `vote` outside `early_rejection`."));
        FlopEstimate model = FlopEstimate.Of(local.Model);
        List<RejectionSweep> sweeps = [];
        foreach (string final in options.Finals)
        {
            if (local.Model.HasValue)
                sweeps.Add(new("value head", PoolScore.ValueHead, final, model, null, options));
            if (hasReward)
                sweeps.Add(new("reward model", PoolScore.RewardModel, final, model, FlopEstimate.Of(local.RewardModel!), options));
        }
        var chosen = sweeps.ConvertAll(sweep => (Sweep: sweep, Setting: sweep.Choose(validation)));
        report.Tables.Add(new($"At the accuracy of full best-of-{options.N}", ["scorer", "final choice", "setting", "accuracy", $"full best-of-{options.N}", "difference", "share of its operations", "above random rejection", "above best-of-N of equal operations"],
            [.. chosen.Select(c => c.Sweep.Compare(pool, c.Setting, report))]));
        foreach (RejectionSweep sweep in sweeps.Where(s => s.Final == options.Finals[0]))
            report.Tables.Add(sweep.Grid(pool));
        foreach (RejectionSweep sweep in sweeps)
            report.Figures.Add(sweep.Draw(pool, chosen.Find(c => c.Sweep == sweep).Setting));
        report.Tables.Add(Ranking(pool, hasReward, local.Model.HasValue, options, report));
        foreach (var one in chosen)
            report.Tables.Add(await ConfirmAsync(options, one, problems, laboratory, report, cancellationToken));
        return report;
    }

    /// <summary>How well a partial score ranks samples of one problem by what becomes of them.</summary>
    private static ClaimTable Ranking(PooledProblem[] pool, bool hasReward, bool hasValue, EarlyRejectionClaimOptions options, ClaimReport report)
    {
        var rows = new List<IReadOnlyList<string>>();
        PoolScore[] scores = [.. hasValue ? [PoolScore.ValueHead] : (PoolScore[])[], .. hasReward ? [PoolScore.RewardModel] : (PoolScore[])[], PoolScore.Likelihood];
        foreach (PoolScore score in scores)
        {
            foreach (int tau in options.Taus.Append(int.MaxValue))
            {
                int At(PooledSample sample) => tau == 0 ? sample.Trace.StepEnds.FirstOrDefault(sample.Length) : Math.Min(tau, sample.Length);
                double Part(PooledSample sample) => score.Part(sample, At(sample)) is var part && double.IsNaN(part) ? double.NegativeInfinity : part;
                var (pooled, within) = WithinProblem.Correlation(pool, sample => score.Part(sample, At(sample)), score.Whole);
                (double, double)[] counts = [.. pool.Select(problem => WithinProblem.Ranked(problem, Part)).Where(count => count.Pairs > 0)];
                if (counts.Length == 0)
                    continue;
                string when = tau switch { 0 => "end of step 1", int.MaxValue => "the end", _ => FormattableString.Invariant($"{tau} tokens") };
                Interval auc = Bootstrap.Ratio(counts);
                report.Measures[$"AUC, {score.Name}, {when}"] = auc;
                rows.Add([score.Name, when, Figures.Number(auc), tau == int.MaxValue ? "" : Figures.Number(within), tau == int.MaxValue ? "" : Figures.Number(pooled)]);
            }
        }
        return new("How well a partial score tells right from wrong samples of the same problem, and how it goes with the final score", ["score", "after", "within-problem AUC", "correlation with the final score, within problems", "pooled over problems"], rows);
    }

    /// <summary>The strategy itself at a chosen setting: one request for each problem, the server's own bill.</summary>
    private static async Task<ClaimTable> ConfirmAsync(
        EarlyRejectionClaimOptions options, (RejectionSweep Sweep, RejectionSetting Setting) chosen, IReadOnlyList<Problem> problems, Laboratory laboratory, ClaimReport report, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> some = [.. problems.Take(options.Confirm)];
        string scorer = chosen.Sweep.Score.Name, reward = scorer == PoolScore.RewardModel.Name ? $",\"reward_model\":\"{TargetFactory.RewardModelName}\"" : "";
        string Reject(string by) => FormattableString.Invariant($"{{\"name\":\"early_rejection\",\"n\":{options.N},\"keep\":{chosen.Setting.Keep},\"tau\":{chosen.Setting.Tau},\"schedule\":\"{chosen.Setting.Schedule.ToString().ToLowerInvariant()}\",\"scorer\":\"{by}\"{(by == scorer ? reward : "")}}}");
        string Choose(string by) => FormattableString.Invariant($"{{\"name\":\"best_of_n\",\"n\":{options.N},\"select\":\"{by}\"{(by == scorer ? reward : "")}}}");
        string select = chosen.Sweep.Final == "vote" ? "vote" : scorer;
        Arm[] arms =
        [
            new($"best of {options.N}, {select}", $"[{Choose(select)}]"),
            new($"the same with early rejection, {scorer}", $"[{Choose(select)},{Reject(scorer)}]"),
            new("the same with random rejection", $"[{Choose(select)},{Reject("random")}]"),
        ];
        var measured = new List<MeasuredArm>();
        foreach (Arm arm in arms)
            measured.Add(MeasuredArm.Of(arm, await laboratory.RunAsync(arm with { Temperature = options.Temperature }, some, cancellationToken), some));
        Interval Against(int control) => Paired.Difference(measured[1].Accuracy, measured[control].Accuracy);
        Interval share = Paired.Share(measured[1].Flops, measured[0].Flops);
        report.Measures[$"{chosen.Sweep.Name}, as run, difference from full"] = Against(0);
        report.Measures[$"{chosen.Sweep.Name}, as run, above random"] = Against(2);
        report.Measures[$"{chosen.Sweep.Name}, as run, share of operations"] = share;
        report.Headlines.Add(new($"early rejection, {chosen.Sweep.Name}, as run", $"full best-of-{options.N}", "accuracy, and share of the operations", $"{Figures.Percent(Bootstrap.Mean(measured[1].Accuracy))}, {Figures.Percent(share)}",
            Figures.Percent(Bootstrap.Mean(measured[0].Accuracy)), Figures.Points(Against(0))));
        report.Headlines.Add(new($"early rejection, {chosen.Sweep.Name}, as run", "random rejection of as many", "accuracy", Figures.Percent(Bootstrap.Mean(measured[1].Accuracy)), Figures.Percent(Bootstrap.Mean(measured[2].Accuracy)), Figures.Points(Against(2))));
        return Paired.Table($"The strategy itself on {some.Count} problems: {chosen.Sweep.Name}, {RejectionSweep.Describe(chosen.Setting)}", measured);
    }
}

public sealed record EarlyRejectionClaimOptions : ClaimOptions
{
    [Description("Candidates.")]
    [Range(2, 64)]
    public int N { get; init; } = 16;

    [Description("Samples of each problem: sets of N are cut from them.")]
    [Range(2, 256)]
    public int Samples { get; init; } = 64;

    [Description("Tokens after which beginnings are scored; 0 for the end of the first step.")]
    public IReadOnlyList<int> Taus { get; init; } = [0, 8, 16, 24, 32, 48];

    [Description("How many are kept.")]
    public IReadOnlyList<int> Keeps { get; init; } = [1, 2, 4, 8];

    [Description("What chooses among the finished: score, vote.")]
    public IReadOnlyList<string> Finals { get; init; } = ["score", "vote"];

    [Description("How far below full best-of-N's accuracy a setting may lie on the validation problems, from 0 to 1.")]
    [Range(0.0, 1.0)]
    public double Margin { get; init; } = 0.005;

    [Description("Problems on which the strategy itself is run at the chosen setting.")]
    [Range(1, 100_000)]
    public int Confirm { get; init; } = 100;
}
