using System.Text.Json.Serialization;

namespace InferenceServer.Modeling.Rewards;

/// <summary>Says that a model's value head takes <see cref="RewardFeatures"/>.</summary>
/// <param name="StepTokenId">The token that ends a reasoning step.</param>
public sealed record ValueFeatures([property: JsonPropertyName("step_token_id"), JsonRequired] int StepTokenId)
{
    /// <summary>How many features the head was trained with.</summary>
    [JsonPropertyName("count")] public int Count { get; init; } = RewardFeatures.Count;
}
