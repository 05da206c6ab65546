using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Data;

/// <summary>Problems that are kept out of training, to measure on. A function of the recipe's seed and sizes.</summary>
/// <param name="Templates">Trained families, each problem with a sentence of a template that training never sees; tiers equally often, in turn.</param>
/// <param name="Families">Families that training never sees.</param>
/// <param name="Unknown">Held-out templates again, every other problem without an answer.</param>
public sealed record HeldOutSets(
    IReadOnlyList<WordProblem> Templates, IReadOnlyList<WordProblem> Families, IReadOnlyList<WordProblem> Unknown, IReadOnlyList<CountdownProblem> Countdown)
{
    public const string ManifestFile = "manifest.json";

    private static readonly JsonSerializerOptions Line = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Every question of the sets.</summary>
    public IReadOnlySet<string> Questions { get; } = Templates.Concat(Families).Concat(Unknown).Select(p => p.Question).Concat(Countdown.Select(p => p.Question)).ToHashSet();

    public static HeldOutSets Create(HeldOutRecipe recipe)
    {
        var templates = ByTier(new(recipe.Seed, Split.HeldOutTemplates) { UnanswerableShare = 0 }, recipe.Templates);
        var seen = templates.Select(p => p.Question).ToHashSet();
        var unknown = new WordProblemTask(recipe.Seed + 1, Split.HeldOutTemplates, seen) { UnanswerableShare = 1 };
        var answerable = new WordProblemTask(recipe.Seed + 2, Split.HeldOutTemplates, seen) { UnanswerableShare = 0 };
        return new(
            templates,
            Distinct(new(recipe.Seed, Split.HeldOutFamilies) { UnanswerableShare = 0 }, recipe.Families),
            [.. Distinct(unknown, (recipe.Unknown + 1) / 2).Zip(Distinct(answerable, (recipe.Unknown + 1) / 2), (a, b) => (WordProblem[])[a, b]).SelectMany(pair => pair).Take(recipe.Unknown)],
            [.. new CountdownTask(recipe.Seed).Problems(0, 2 * recipe.Countdown).DistinctBy(p => p.Question).Take(recipe.Countdown)]);
    }

    /// <summary>The first <paramref name="count"/> different problems of a stream.</summary>
    public static IReadOnlyList<WordProblem> Distinct(WordProblemTask task, int count) => [.. Endless(task).DistinctBy(p => p.Question).Take(count)];

    /// <summary>Writes the sets as JSON lines, which the evaluation reads as well, and a manifest with their SHA-256.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in Files())
            File.WriteAllText(Path.Combine(folder, name), text);
    }

    /// <summary>The files by name.</summary>
    public IReadOnlyDictionary<string, string> Files()
    {
        (string Name, int Problems, string Text)[] sets =
        [
            ("templates.jsonl", Templates.Count, Lines(Templates)), ("families.jsonl", Families.Count, Lines(Families)),
            ("unknown.jsonl", Unknown.Count, Lines(Unknown)), ("countdown.jsonl", Countdown.Count, Lines(Countdown)),
        ];
        var manifest = new JsonObject(sets.Select(set => KeyValuePair.Create(set.Name, (JsonNode?)new JsonObject
        {
            ["problems"] = set.Problems,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(set.Text))),
        })));
        return sets.Select(set => (set.Name, set.Text)).Append((ManifestFile, manifest.ToJsonString(Indented) + "\n")).ToDictionary();
    }

    private static WordProblem[] ByTier(WordProblemTask task, int count)
    {
        int each = (count + WordProblemTask.Tiers - 1) / WordProblemTask.Tiers;
        var tiers = Enumerable.Range(0, WordProblemTask.Tiers).Select(_ => new List<WordProblem>()).ToArray();
        foreach (var problem in Endless(task).DistinctBy(p => p.Question))
        {
            if (tiers[problem.Tier - 1].Count < each)
                tiers[problem.Tier - 1].Add(problem);
            if (tiers.All(tier => tier.Count == each))
                break;
        }
        // Tiers in turn, so that the beginning of the set is uniform as well.
        return [.. Enumerable.Range(0, each).SelectMany(i => tiers.Select(tier => tier[i])).Take(count)];
    }

    private static IEnumerable<WordProblem> Endless(WordProblemTask task)
    {
        for (long index = 0; ; index++)
            yield return task.Problem(index);
    }

    private static string Lines(IEnumerable<WordProblem> problems) => string.Concat(problems.Select(p => JsonSerializer.Serialize(
        new { p.Question, Answer = p.Answer?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? WordProblem.Unknown, p.Family, p.Tier, p.Solution }, Line) + "\n"));

    private static string Lines(IEnumerable<CountdownProblem> problems) => string.Concat(problems.Select(p => JsonSerializer.Serialize(
        new { p.Question, Answer = p.Target.ToString(System.Globalization.CultureInfo.InvariantCulture), p.Numbers, p.FewestOperations }, Line) + "\n"));
}
