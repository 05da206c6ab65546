using System.Globalization;
using System.Text.Json;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Figures;

/// <summary>The pictures of a model card, from what training and evaluation left behind.</summary>
public static class EvaluationFigures
{
    private const int SmoothedOver = 10;

    /// <summary>All figures by file name.</summary>
    /// <param name="report">The evaluation.</param>
    /// <param name="trainingLog">Lines of <c>training.jsonl</c>; empty for no learning curve.</param>
    /// <param name="set">The set that accuracy and rewards are shown on.</param>
    public static IReadOnlyDictionary<string, string> Of(PolicyReport report, IEnumerable<string> trainingLog, string set)
    {
        var measured = report.Sets[set];
        var figures = new Dictionary<string, string>
        {
            ["pass-at-k.svg"] = PassAtK(measured).ToString(),
            ["best-of-n.svg"] = BestOfN(measured, report.Sets.GetValueOrDefault(EvaluateStage.Answerable) ?? report.Sets.GetValueOrDefault(EvaluateStage.Validation, measured)).ToString(),
            ["ranking.svg"] = Ranking(measured).ToString(),
        };
        if (measured.Reliability.Count > 0)
            figures["reliability.svg"] = Reliability(measured).ToString();
        if (LearningCurve(trainingLog) is { } curve)
            figures["learning-curve.svg"] = curve.ToString();
        return figures;
    }

    private static LineChart? LearningCurve(IEnumerable<string> log)
    {
        // A resumed run may have written a step twice: the later line counts.
        JsonElement[] steps =
        [
            .. log.Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement)
                .GroupBy(step => step.GetProperty("step").GetInt64(), (_, same) => same.Last()).OrderBy(step => step.GetProperty("step").GetInt64()),
        ];
        if (steps.Length < 2)
            return null;
        // Batches are of different lengths, and only some are noted.
        double millions = steps.Average(step => step.GetProperty("tokens").GetDouble()) / 1e6;
        double[] losses = [.. steps.Select(step => step.GetProperty("loss").GetDouble())];
        (double X, double Y)[] points = [.. steps.Select((step, i) => (millions * step.GetProperty("step").GetDouble(), losses[Math.Max(0, i - SmoothedOver + 1)..(i + 1)].Average()))];
        return new("Training loss", ChartAxis.Linear("million tokens", 0, points[^1].X), ChartAxis.Linear("cross-entropy, nats a token", 0, points.Max(p => p.Y)), [new("training loss", points)]);
    }

    private static BarChart PassAtK(SetReport set)
    {
        int[] tiers = [.. set.Tiers.Keys.Order()], sizes = [.. set.Accuracy.PassAtK.Keys.Order()];
        (string, IReadOnlyList<Interval>)[] series =
        [
            ("greedy", [.. tiers.Select(tier => set.Tiers[tier].Greedy), set.Accuracy.Greedy]),
            .. sizes.Where(k => k is 1 or 4 || k == sizes[^1]).Select(k => ($"pass@{k}", (IReadOnlyList<Interval>)[.. tiers.Select(tier => set.Tiers[tier].PassAtK[k]), set.Accuracy.PassAtK[k]])),
        ];
        return new("Solved problems by tier", "tier", ChartAxis.Percent("solved"), [.. tiers.Select(tier => $"{tier}"), "all"], series);
    }

    /// <summary>Of a reward's aggregations the one that is best on the problems for such choices.</summary>
    private static LineChart BestOfN(SetReport set, SetReport validation)
    {
        int[] sizes = [.. set.Accuracy.PassAtK.Keys.Order()];
        var rewards = ((Scorer[])[Scorer.ValueHead, Scorer.RewardModel]).Select(scorer => scorer.Aggregations.Select(aggregation => Selector.NameOf(scorer, aggregation))
            .Where(set.Selection.ContainsKey).MaxBy(name => validation.Selection[name].ByN[sizes[^1]].Estimate)).OfType<string>();
        string[] shown = ["oracle", .. rewards, Scorer.MeanLogProb.Name, Selector.Majority];
        var results = shown.SelectMany(name => set.Selection[name].ByN.Values).ToArray();
        double low = Math.Floor(results.Min(x => x.Low) * 5) / 5, high = Math.Ceiling(results.Max(x => x.High) * 5) / 5;
        return new("One answer out of N samples", ChartAxis.PowersOfTwo("samples", sizes), ChartAxis.Percent("solved", low, Math.Max(high, low + 0.2)), [.. shown.Select(name => new ChartLine(
            name, [.. sizes.Select(n => ((double)n, set.Selection[name].ByN[n].Estimate))], [.. sizes.Select(n => (set.Selection[name].ByN[n].Low, set.Selection[name].ByN[n].High))], Dashed: name == "oracle", Marked: true))]);
    }

    private static BarChart Ranking(SetReport set)
    {
        string[] parts = [.. set.Ranking.Values.First().Within.Keys];
        return new("Right steps ranked above wrong ones of the same problem", "part of the step that is written", new("within-problem AUC", 0.5, 1, [0.5, 0.6, 0.7, 0.8, 0.9, 1], x => $"{x:f1}"),
            [.. parts.Select(part => $"{100 * double.Parse(part, CultureInfo.InvariantCulture):f0} %")],
            [.. set.Ranking.Select(scorer => (scorer.Key, (IReadOnlyList<Interval>)[.. parts.Select(part => scorer.Value.Within[part])]))]);
    }

    private static LineChart Reliability(SetReport set) => new("Claimed and actual shares of right steps", ChartAxis.Percent("claimed"), ChartAxis.Percent("right"),
    [
        .. set.Reliability.Where(scorer => scorer.Key != Scorer.Both.Name).Select(scorer => new ChartLine(scorer.Key, [.. scorer.Value.Bins.Select(bin => (bin.Claimed, bin.Right))], Marked: true)),
        new("perfect", [(0, 0), (1, 1)], Dashed: true),
    ]);
}
