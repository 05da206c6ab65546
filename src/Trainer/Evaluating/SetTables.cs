using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>A set's results in tables, percent and 95 % intervals over problems: solved by tier and by family, the answer chosen among samples, steps ranked, samples kept.</summary>
public static class SetTables
{
    public static IReadOnlyList<ReportTable> Of(SetReport set) => [Accuracy(set), Selection(set), Ranking(set), Rejection(set)];

    /// <summary>What fits no table: calibration, recognition of questions without an answer, mistakes.</summary>
    public static IEnumerable<string> Notes(SetReport set)
    {
        foreach (var (scorer, reliability) in set.Reliability)
            yield return $"Expected calibration error of the {scorer}: {reliability.ExpectedCalibrationError:f3}.";
        if (set.Unknown is { } unknown)
            yield return $"Questions without an answer: recognised {Percent(unknown.Recognised)}, false alarms {Percent(unknown.FalseAlarms)}; of samples {Percent(unknown.SampledRecognised)} and {Percent(unknown.SampledFalseAlarms)}.";
        yield return $"First mistakes of the wrong samples: {string.Join(", ", set.Mistakes.OrderByDescending(m => m.Value).Select(m => $"{m.Key} {m.Value:N0}"))}.";
    }

    private static int[] Sizes(SetReport set) => [.. set.Accuracy.PassAtK.Keys.Order()];

    private static ReportTable Accuracy(SetReport set) => new(
        ["tier or family", "n", "greedy", .. Sizes(set).Select(k => $"pass@{k}")],
        [.. set.Tiers.Select(tier => Row($"tier {tier.Key}", tier.Value)), .. set.Families.Select(family => Row(family.Key, family.Value)), Row("all", set.Accuracy)]);

    private static string[] Row(string name, AccuracyRow row) => [name, $"{row.Problems}", Percent(row.Greedy), .. row.PassAtK.OrderBy(k => k.Key).Select(k => Percent(k.Value))];

    private static ReportTable Selection(SetReport set) => new(
        ["chosen by", .. Sizes(set).Select(n => $"of {n}"), "above the majority", "above the mean log-probability"],
        [.. set.Selection.Select(row => (string[])[row.Key, .. Sizes(set).Select(n => n == Sizes(set)[^1] ? Percent(row.Value.ByN[n]) : $"{100 * row.Value.ByN[n].Estimate:f1}"), Percent(row.Value.AboveMajority), Percent(row.Value.AboveMeanLogProb)])]);

    private static ReportTable Ranking(SetReport set)
    {
        string[] parts = [.. set.Ranking.Values.First().Within.Keys];
        return new(
            ["within-problem AUC", .. parts.Select(part => $"at {part} of a step"), "pooled", "pairs"],
            [
                .. set.Ranking.Select(row => (string[])[row.Key, .. parts.Select(part => Number(row.Value.Within[part])), $"{row.Value.Pooled:f3}", $"{row.Value.Pairs:N0}"]),
                ["(pairs that differ by then)", .. parts.Select(part => $"{100 * set.Ranking.Values.First().Different[part]:f1} %"), "", ""],
            ]);
    }

    private static ReportTable Rejection(SetReport set)
    {
        string[] points = [.. set.Rejection.Values.First().Keys];
        return new(["a quarter kept, above random", .. points], [.. set.Rejection.Select(row => (string[])[row.Key, .. points.Select(point => Percent(row.Value[point].Difference))])]);
    }

    private static string Percent(Interval x) => string.Create(null, $"{100 * x.Estimate:f1} ({100 * x.Low:f1} to {100 * x.High:f1})");

    private static string Number(Interval x) => string.Create(null, $"{x.Estimate:f3} ({x.Low:f3} to {x.High:f3})");
}
