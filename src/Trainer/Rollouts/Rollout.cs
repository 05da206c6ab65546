using System.Text.Json;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>One sampled solution.</summary>
/// <param name="Text">Without the end token.</param>
/// <param name="Finished">It ended by itself rather than at the token limit.</param>
/// <param name="LogProbs">Of each token, the end token included, at temperature 1.</param>
/// <param name="Values">Value head's score of the text before each token; NaN (null in files) without a head.</param>
public sealed record Rollout(int[] Tokens, string Text, bool Finished, float[] LogProbs, float[] Values);

/// <summary>A problem and the solutions sampled of it.</summary>
public sealed record RolloutGroup(WordProblem Problem, IReadOnlyList<Rollout> Rollouts)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file with a group a line.</summary>
    public static IReadOnlyList<RolloutGroup> Load(string path) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<RolloutGroup>(line, Json)!)];

    /// <summary>Writes a group a line; the file appears under its name only when it is whole.</summary>
    public static void Save(string path, IEnumerable<RolloutGroup> groups)
    {
        File.WriteAllLines(path + ".unfinished", groups.Select(group => JsonSerializer.Serialize(group, Json)));
        File.Move(path + ".unfinished", path, overwrite: true);
    }
}
