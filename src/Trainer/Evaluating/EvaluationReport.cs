using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using Spectre.Console;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>Accuracy of greedy decoding and of sampling, overall and by the number of steps; of each selector; and how well the value head ranks steps.</summary>
public sealed record EvaluationReport(
    int Problems, int Samples, double Temperature, Estimate Greedy, Estimate PassAt1, Estimate PassAtN, IReadOnlyDictionary<string, Estimate> Selectors,
    IReadOnlyDictionary<int, StepsRow> BySteps, double ValueAuc, double LogProbAuc, long Pairs, double TokensPerSolution, double PromptTokensPerProblem)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static EvaluationReport Of(IReadOnlyList<RolloutGroup> greedy, IReadOnlyList<RolloutGroup> sampled, double temperature, int lineBreak, Func<WordProblem, int> promptTokens)
    {
        double[] greedyRight = [.. greedy.Select(group => Right(group, 0))];
        double[] passAt1 = [.. sampled.Select(group => Enumerable.Range(0, group.Rollouts.Count).Average(i => Right(group, i)))];
        double[] passAtN = [.. sampled.Select(group => Enumerable.Range(0, group.Rollouts.Count).Max(i => Right(group, i)))];
        bool hasValue = sampled.All(group => group.Rollouts.All(rollout => rollout.Values.Length > 0 && !float.IsNaN(rollout.Values[^1])));
        var selectors = Evaluating.Selectors.All.Where(selector => hasValue || !selector.Name.Contains("value", StringComparison.Ordinal))
            .ToDictionary(selector => selector.Name, selector => Estimate.Of([.. sampled.Select(group => Right(group, selector.Choose(group.Rollouts)))]));
        var bySteps = Enumerable.Range(0, sampled.Count).GroupBy(i => sampled[i].Problem.Steps.Count).OrderBy(group => group.Key).ToDictionary(
            group => group.Key,
            group => new StepsRow(Estimate.Of([.. group.Select(i => greedyRight[i])]), Estimate.Of([.. group.Select(i => passAt1[i])]), Estimate.Of([.. group.Select(i => passAtN[i])])));
        var value = hasValue ? StepRanking.Within(sampled, lineBreak, StepRanking.Value) : (double.NaN, 0);
        var (logProbAuc, pairs) = StepRanking.Within(sampled, lineBreak, StepRanking.SmallestLogProb);
        return new(sampled.Count, sampled[0].Rollouts.Count, temperature, Estimate.Of(greedyRight), Estimate.Of(passAt1), Estimate.Of(passAtN), selectors, bySteps,
            value.Item1, logProbAuc, pairs, sampled.Average(group => group.Rollouts.Average(rollout => rollout.Tokens.Length)), sampled.Average(group => promptTokens(group.Problem)));
    }

    private static double Right(RolloutGroup group, int rollout) => StepVerifier.AnswersRight(group.Problem, group.Rollouts[rollout].Text) ? 1 : 0;

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    public void Print(IAnsiConsole console)
    {
        var table = new Table().AddColumns("measure", "result").Title($"{Problems} held-out problems, {Samples} samples at temperature {Temperature}");
        table.AddRow("greedy", Greedy.ToString()).AddRow("pass@1", PassAt1.ToString()).AddRow($"pass@{Samples}", PassAtN.ToString());
        foreach (var (name, estimate) in Selectors)
            table.AddRow($"best of {Samples}: {name}", estimate.ToString());
        foreach (var (steps, row) in BySteps)
            table.AddRow($"{steps} steps (n={row.PassAt1.Count}): greedy, pass@1, pass@{Samples}", $"{row.Greedy}, {row.PassAt1}, {row.PassAtN}");
        table.AddRow("within-problem step AUC: value head", $"{ValueAuc:f3} ({Pairs} pairs)").AddRow("within-problem step AUC: smallest log-probability", $"{LogProbAuc:f3}");
        table.AddRow("tokens: prompt, solution", $"{PromptTokensPerProblem:f1}, {TokensPerSolution:f1}");
        console.Write(table);
    }
}

/// <summary>The accuracies of problems of one number of steps.</summary>
public sealed record StepsRow(Estimate Greedy, Estimate PassAt1, Estimate PassAtN);
