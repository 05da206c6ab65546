using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Among samples that an executable check accepts, the least likely one is the best where quality is graded. On countdown, whose solutions are run and whose reward is the fewest possible
/// operations over those used; against the most likely one and a random one of the accepted.
/// </summary>
[Plugin("surprisal", "The reward of the least likely verified sample on a task with graded quality.", Paper = "arXiv:2602.07670")]
public sealed class SurprisalClaim : IClaim<SurprisalClaimOptions>
{
    private const int Measured = 3;

    public long Completions(SurprisalClaimOptions options) => options.Count * (long)options.Samples;

    public async Task<ClaimReport> RunAsync(SurprisalClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems();
        if (problems.Any(problem => problem.Numbers is null))
            throw new EvaluationException($"surprisal: {options.Problems ?? "the generated problems"} must be countdown problems with \"numbers\" and \"fewest_operations\", whose quality is graded.");
        PooledProblem[] pool = await laboratory.PoolAsync(options.Problems!, problems, options.Samples, options.Temperature, cancellationToken);
        PooledProblem[] solved = [.. pool.Where(problem => problem.Samples.Any(s => s.IsRight))];
        var report = new ClaimReport("Surprisal-guided selection");
        double texts = solved.Length == 0 ? 0 : solved.Average(p => (double)Verified(p).Count), grades = solved.Length == 0 ? 0 : solved.Average(p => (double)Verified(p).Select(s => s.Grade).Distinct().Count());
        report.Text.Add(FormattableString.Invariant($"{problems.Count} countdown problems, {options.Samples} samples each at temperature {options.Temperature}; {solved.Length} problems have a verified sample, {texts:f1} different ones on average with {grades:f1} different rewards. ")
            + "Reward: 0 when nothing is verified, else the fewest possible operations over those used. All selectors see the verified samples only, equal texts once; `surprisal_top3` measures the three least likely and takes the best, so `random_top3` and `likelihood_top3` are its fair controls.");
        if (solved.Length == 0)
            return report;

        (string Name, Func<List<PooledSample>, double> Reward)[] selectors =
        [
            ("surprisal", of => of.MinBy(s => s.MeanLogProb)!.Grade), ("likelihood", of => of.MaxBy(s => s.MeanLogProb)!.Grade), ("random", of => of.Average(s => s.Grade)),
            ("surprisal_top3", of => of.OrderBy(s => s.MeanLogProb).Take(Measured).Max(s => s.Grade)), ("likelihood_top3", of => of.OrderByDescending(s => s.MeanLogProb).Take(Measured).Max(s => s.Grade)),
            ("random_top3", BestOfRandom), ("shortest", of => of.MinBy(s => s.Length)!.Grade), ("oracle", of => of.Max(s => s.Grade)),
        ];
        var rewards = selectors.ToDictionary(s => s.Name, s => pool.Select(problem => Verified(problem) is { Count: > 0 } verified ? s.Reward(verified) : 0).ToArray());
        report.Tables.Add(new("Reward of the selected sample", ["selector", "reward", "above random", "above likelihood"], [.. selectors.Select(s => (IReadOnlyList<string>)
        [
            s.Name, Figures.Number(Bootstrap.Mean(rewards[s.Name])), Figures.Signed(Paired.Difference(rewards[s.Name], rewards["random"])), Figures.Signed(Paired.Difference(rewards[s.Name], rewards["likelihood"])),
        ])]));
        foreach (var (name, values) in rewards)
            report.Measures[name] = Bootstrap.Mean(values);
        report.Measures["surprisal above likelihood"] = Paired.Difference(rewards["surprisal"], rewards["likelihood"]);
        report.Measures["surprisal above random"] = Paired.Difference(rewards["surprisal"], rewards["random"]);
        report.Measures["surprisal_top3 above random_top3"] = Paired.Difference(rewards["surprisal_top3"], rewards["random_top3"]);
        report.Tables.Add(Quartiles(solved));
        // The ranking within a problem is what selection uses.
        var (_, within) = WithinProblem.Correlation([.. solved.Select(p => p with { Samples = Verified(p) })], s => -s.MeanLogProb, s => s.Grade);
        var (_, length) = WithinProblem.Correlation([.. solved.Select(p => p with { Samples = Verified(p) })], s => s.Length, s => s.Grade);
        report.Text.Add($"Correlation within problems with the reward: surprisal {Figures.Number(within)}, length in tokens {Figures.Number(length)}.");
        report.Headlines.Add(new("surprisal among verified samples", "likelihood among them", "reward (countdown)", Figures.Number(Bootstrap.Mean(rewards["surprisal"])), Figures.Number(Bootstrap.Mean(rewards["likelihood"])), Figures.Signed(report.Measures["surprisal above likelihood"])));
        report.Figures.Add(new("surprisal.svg", "Reward of the selected verified sample with 95 % intervals.", new BarChart(
            "Selection among verified samples", "selector", ChartAxis.Linear("reward", 0, 1), [.. selectors.Select(s => s.Name.Replace("_top3", " 3", StringComparison.Ordinal))], [("reward", [.. selectors.Select(s => Bootstrap.Mean(rewards[s.Name]))])]).ToString()));
        return report;
    }

    /// <summary>Of equal texts one; they have equal log-probabilities but for rounding.</summary>
    private static List<PooledSample> Verified(PooledProblem problem) => [.. problem.Samples.Where(s => s.IsRight).DistinctBy(s => s.Text.Trim())];

    /// <summary>Mean over all ways to measure three of them: with rewards in order, the r-th is the best of C(r-1, 2) of them.</summary>
    private static double BestOfRandom(List<PooledSample> verified)
    {
        double[] grades = [.. verified.Select(s => s.Grade).Order()];
        if (grades.Length <= Measured)
            return grades[^1];
        double all = 0, sum = 0;
        for (int r = Measured - 1; r < grades.Length; r++)
        {
            double ways = r * (r - 1) / 2.0;
            all += ways;
            sum += ways * grades[r];
        }
        return sum / all;
    }

    private static ClaimTable Quartiles(PooledProblem[] solved)
    {
        const int Quarters = 4;
        var ranked = solved.Select(p => Verified(p).OrderBy(s => -s.MeanLogProb).ToArray()).Where(samples => samples.Length >= Quarters).ToArray();
        return new($"By quarter of surprisal within a problem ({ranked.Length} problems with four verified samples or more)", ["quarter", "mean reward", "tokens"],
            [.. Enumerable.Range(0, ranked.Length == 0 ? 0 : Quarters).Select(q =>
            {
                PooledSample[][] quarter = [.. ranked.Select(samples => samples[(q * samples.Length / Quarters)..((q + 1) * samples.Length / Quarters)])];
                return (IReadOnlyList<string>)[q switch { 0 => "most likely", Quarters - 1 => "least likely", _ => $"{q + 1}" },
                    Figures.Number(Bootstrap.Mean([.. quarter.Select(samples => samples.Average(s => s.Grade))])), Figures.Tokens(quarter.Average(samples => samples.Average(s => (double)s.Length)))];
            })]);
    }
}

public sealed record SurprisalClaimOptions : ClaimOptions
{
    [Description("Samples of each problem.")]
    [Range(2, 256)]
    public int Samples { get; init; } = 64;
}
