using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Trainer.Statistics;
using Spectre.Console;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>What a policy and its rewards came to, by set of problems. Settings are chosen on the validation set alone; the held-out sets are for reporting.</summary>
public sealed record PolicyReport(string Policy, string? RewardModel, IReadOnlyDictionary<string, SetReport> Sets)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    public static PolicyReport Load(string path) => JsonSerializer.Deserialize<PolicyReport>(File.ReadAllBytes(path), Json)!;

    public void Print(IAnsiConsole console)
    {
        foreach (var (name, set) in Sets)
        {
            console.MarkupLineInterpolated($"[bold]{name}[/]: {set.Problems} problems, {set.Samples} samples at temperature {set.Temperature}; tokens: prompt {set.PromptTokensPerProblem:f1}, solution {set.TokensPerSolution:f1}");
            int[] sizes = [.. set.Accuracy.PassAtK.Keys.Order()];
            var accuracy = new Table().AddColumns(["tier", "n", "greedy", .. sizes.Select(k => $"pass@{k}")]);
            foreach (var (tier, row) in set.Tiers.Select(t => ($"{t.Key}", t.Value)).Append(("all", set.Accuracy)))
                accuracy.AddRow([tier, $"{row.Problems}", Percent(row.Greedy), .. sizes.Select(k => Percent(row.PassAtK[k]))]);
            console.Write(accuracy);

            var selection = new Table().AddColumns(["chosen by", .. sizes.Select(n => $"of {n}"), "above majority", "above mean log-probability"]);
            foreach (var (selector, row) in set.Selection)
                selection.AddRow([selector, .. sizes.Select(n => n == sizes[^1] ? Percent(row.ByN[n]) : $"{100 * row.ByN[n].Estimate:f1}"), Percent(row.AboveMajority), Percent(row.AboveMeanLogProb)]);
            console.Write(selection);

            string[] parts = [.. set.Ranking.Values.First().Within.Keys];
            var ranking = new Table().AddColumns(["within-problem AUC", .. parts.Select(part => $"at {part} of a step"), "pooled", "pairs"]);
            foreach (var (scorer, row) in set.Ranking)
                ranking.AddRow([scorer, .. parts.Select(part => Number(row.Within[part])), $"{row.Pooled:f3}", $"{row.Pairs}"]);
            ranking.AddRow(["(pairs that differ by then)", .. parts.Select(part => $"{100 * set.Ranking.Values.First().Different[part]:f1} %"), "", ""]);
            console.Write(ranking);

            string[] points = [.. set.Rejection.Values.First().Keys];
            var rejection = new Table().AddColumns(["kept above random", .. points]);
            foreach (var (scorer, byPoint) in set.Rejection)
                rejection.AddRow([scorer, .. points.Select(point => Percent(byPoint[point].Difference))]);
            console.Write(rejection);
            foreach (var (scorer, reliability) in set.Reliability)
                console.MarkupLineInterpolated($"calibration error of the {scorer}: {reliability.ExpectedCalibrationError:f3}");
            if (set.Unknown is { } unknown)
                console.MarkupLineInterpolated($"no answer: recognised {Percent(unknown.Recognised)}, false alarms {Percent(unknown.FalseAlarms)}; of samples {Percent(unknown.SampledRecognised)}, {Percent(unknown.SampledFalseAlarms)}");
            console.MarkupLineInterpolated($"mistakes: {string.Join(", ", set.Mistakes.Select(m => $"{m.Key} {m.Value}"))}");
        }
    }

    private static string Percent(Interval x) => string.Create(null, $"{100 * x.Estimate:f1} ({100 * x.Low:f1} to {100 * x.High:f1})");

    private static string Number(Interval x) => string.Create(null, $"{x.Estimate:f3} ({x.Low:f3} to {x.High:f3})");
}
