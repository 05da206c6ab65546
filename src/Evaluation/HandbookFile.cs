using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Evaluation;

/// <summary>Handbooks from files as the server exports them, and the one that the bundled task's own hints make.</summary>
public static partial class HandbookFile
{
    /// <summary>Name of the handbook of the task's hints.</summary>
    public const string Task = "task";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Reads <c>{"behaviours": [{"name", "instruction", "topics"}]}</c>; the file's name is the handbook's.</summary>
    /// <exception cref="EvaluationException">The file is missing or is no handbook.</exception>
    public static Handbook Load(string path)
    {
        try
        {
            File entries = JsonSerializer.Deserialize<File>(System.IO.File.ReadAllText(path), Json) ?? throw new JsonException("it is null");
            Behaviour[] behaviours = [.. (entries.Behaviours ?? []).Select(entry => new Behaviour { Name = entry.Name ?? "", Instruction = entry.Instruction ?? "", Topics = entry.Topics ?? [], Provenance = entry.Provenance })];
            foreach (Behaviour behaviour in behaviours)
                if (BehaviourRules.Check(behaviour) is var (field, problem))
                    throw new EvaluationException($"{path}: '{behaviour.Name}': {field} {problem}");
            return new(Path.GetFileNameWithoutExtension(path), Version(behaviours), behaviours);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new EvaluationException($"Cannot read the handbook {path}: {e.Message}", e);
        }
    }

    /// <summary>Writes what <see cref="Load"/> and the server read.</summary>
    public static string Write(IEnumerable<Behaviour> behaviours) =>
        JsonSerializer.Serialize(new File([.. behaviours.Select(b => new Entry(b.Name, b.Instruction, b.Topics, b.Provenance))]), Json) + "\n";

    /// <summary>The hints of the training problems: what a perfect distillation of the training set would hold, each with the families it came from as topics.</summary>
    public static Handbook OfTask()
    {
        const int Problems = 2000;
        var hints = new WordProblemTask(1).Problems(0, Problems).Where(p => p.Hint is not null).GroupBy(p => p.Hint!).OrderBy(group => group.Key, StringComparer.Ordinal);
        var behaviours = new List<Behaviour>();
        foreach (var hint in hints)
        {
            string name = "behavior_" + string.Join('_', Word().Matches(hint.Key.ToLowerInvariant()).Take(6).Select(match => match.Value));
            behaviours.Add(new Behaviour
            {
                Name = behaviours.Exists(b => b.Name == name) ? $"{name}_{behaviours.Count}" : name,
                Instruction = hint.Key,
                Topics = [.. hint.Select(p => p.Family).Distinct().Order(StringComparer.Ordinal)],
                Provenance = "hints of the training problems",
            });
        }
        return new(Task, Version(behaviours), behaviours);
    }

    /// <summary>Another content, another version, so that a journal tells them apart.</summary>
    private static int Version(IReadOnlyList<Behaviour> behaviours) =>
        behaviours.Aggregate(17, (hash, b) => b.Instruction.Aggregate(hash, (h, c) => unchecked(h * 31 + c))) & int.MaxValue;

    private sealed record File(IReadOnlyList<Entry>? Behaviours);

    private sealed record Entry(string? Name, string? Instruction, IReadOnlyList<string>? Topics, string? Provenance);

    [GeneratedRegex("[a-z0-9]+")]
    private static partial Regex Word();
}
