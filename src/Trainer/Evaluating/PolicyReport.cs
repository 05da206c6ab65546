using System.Text.Json;
using System.Text.Json.Serialization;
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
            foreach (var table in SetTables.Of(set))
                table.Print(console);
            foreach (string note in SetTables.Notes(set))
                console.MarkupLineInterpolated($"{note}");
        }
    }

    /// <summary>The tables of a set as Markdown, as a model card quotes them.</summary>
    public string Markdown(string set) => string.Join('\n', [.. SetTables.Of(Sets[set]).Select(table => table.Markdown()), string.Join('\n', SetTables.Notes(Sets[set])) + "\n"]);
}
