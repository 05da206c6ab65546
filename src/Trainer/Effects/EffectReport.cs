using InferenceServer.Trainer.Statistics;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>How one way of asking did.</summary>
/// <param name="Problems">Those that it suits.</param>
/// <param name="Accuracy">Mean share of right completions.</param>
/// <param name="Tokens">Written for one completion.</param>
/// <param name="PromptTokens">Read before it.</param>
/// <param name="Against">The arm that it is compared with; null when with none.</param>
/// <param name="AccuracyDifference">To that arm, over the problems of both, paired.</param>
/// <param name="TokensDifference">Likewise.</param>
/// <param name="Tiers">Accuracy by tier.</param>
public sealed record ArmReport(
    string Name, int Problems, Interval Accuracy, Interval Tokens, double PromptTokens, string? Against, Interval? AccuracyDifference, Interval? TokensDifference, IReadOnlyDictionary<int, Interval> Tiers)
{
    private const int Resamples = 2000;

    /// <summary>An arm that no problem had is left out.</summary>
    /// <param name="arms">In the report's order, each with the arm it is compared with.</param>
    public static IReadOnlyList<ArmReport> Of(IReadOnlyList<WordProblem> problems, IReadOnlyList<IReadOnlyList<Trial>> trials, IReadOnlyList<(string Name, string? Against)> arms) =>
        [.. arms.Select(arm => Of(problems, trials, arm.Name, arm.Against)).OfType<ArmReport>()];

    private static ArmReport? Of(IReadOnlyList<WordProblem> problems, IReadOnlyList<IReadOnlyList<Trial>> trials, string name, string? against)
    {
        (WordProblem Problem, Trial Trial, Trial? Other)[] asked =
        [
            .. problems.Zip(trials, (problem, of) => (Problem: problem, Trial: Find(of, name), Other: Find(of, against)))
                .Where(asked => asked.Trial is not null).Select(asked => (asked.Problem, asked.Trial!, asked.Other)),
        ];
        if (asked.Length == 0)
            return null;
        var both = asked.Where(a => a.Other is not null).ToArray();
        return new(
            name, asked.Length, Mean(asked.Select(a => a.Trial.Accuracy(a.Problem))), Mean(asked.Select(a => a.Trial.MeanTokens)), asked.Average(a => a.Trial.PromptTokens), against,
            both.Length == 0 ? null : Mean(both.Select(a => a.Trial.Accuracy(a.Problem) - a.Other!.Accuracy(a.Problem))),
            both.Length == 0 ? null : Mean(both.Select(a => a.Trial.MeanTokens - a.Other!.MeanTokens)),
            asked.GroupBy(a => a.Problem.Tier).OrderBy(tier => tier.Key).ToDictionary(tier => tier.Key, tier => Mean(tier.Select(a => a.Trial.Accuracy(a.Problem)))));
    }

    private static Trial? Find(IReadOnlyList<Trial> trials, string? arm) => trials.FirstOrDefault(trial => trial.Arm == arm);

    private static Interval Mean(IEnumerable<double> values) => Bootstrap.Mean([.. values], Resamples);
}

/// <summary>Something else that was counted.</summary>
/// <param name="Value">A share or a ratio.</param>
/// <param name="Count">Problems that it is about; the value of none is not a number.</param>
/// <param name="IsShare">It is a share, to be read in percent.</param>
public sealed record Rate(string Name, Interval Value, int Count, bool IsShare)
{
    private const int Resamples = 2000;

    /// <param name="values">One a problem, null for those that it is not about.</param>
    public static Rate Of(string name, IEnumerable<double?> values, bool isShare = true)
    {
        double[] known = [.. values.OfType<double>()];
        return new(name, known.Length == 0 ? new(double.NaN, double.NaN, double.NaN) : Bootstrap.Mean(known, Resamples), known.Length, isShare);
    }

    /// <param name="values">Parts of one mean over another; null for problems that it is not about.</param>
    public static Rate Ratio(string name, IEnumerable<(double Part, double Whole)?> values)
    {
        (double, double)[] known = [.. values.OfType<(double, double)>()];
        return new(name, known.Sum(v => v.Item2) == 0 ? new(double.NaN, double.NaN, double.NaN) : Bootstrap.Ratio(known, Resamples), known.Length, false);
    }
}

/// <summary>What one comparison came to.</summary>
/// <param name="Idea">What is compared, in a sentence.</param>
public sealed record EffectReport(string Name, string Idea, IReadOnlyList<ArmReport> Arms, IReadOnlyList<Rate> Rates)
{
    /// <summary>Tokens that the model wrote for it.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens of its different prompts.</summary>
    public long PromptTokens { get; init; }
}
