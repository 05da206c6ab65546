using System.Text.Json;
using InferenceServer.Trainer.Recipes;

namespace InferenceServer.Trainer.Rewards;

/// <summary>What a reward came to on the validation problems, and its calibration.</summary>
/// <param name="Auc">Within-problem AUC after each part of a step, by the part.</param>
/// <param name="Untrained">The same of the step's least likely token, which needs no training.</param>
/// <param name="Pairs">Pairs behind each.</param>
public sealed record RewardSummary(Calibration Calibration, IReadOnlyDictionary<string, double> Auc, IReadOnlyDictionary<string, double> Untrained, long Pairs);

/// <summary>The summary of a trained reward, beside its checkpoint and bound to the same recipe.</summary>
public sealed class CalibrationFile(string path, string run)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private sealed record Content(string Run, RewardSummary Summary);

    public void Save(RewardSummary summary) => File.WriteAllText(path, JsonSerializer.Serialize(new Content(run, summary), Json) + "\n");

    /// <exception cref="RecipeException">There is none, or it belongs to another recipe.</exception>
    public RewardSummary Load()
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json)!;
            return content.Run == run ? content.Summary : throw new RecipeException($"{path}: it belongs to another recipe ('{content.Run}', this one is '{run}'). Run the stage that trains this reward again.");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new RecipeException($"{path}: cannot read how the reward is calibrated: {e.Message} Run the stage that trains this reward again.", e);
        }
    }
}
