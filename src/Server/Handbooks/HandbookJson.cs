using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Handbooks;

/// <summary>Handbooks as they are stored.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Handbook))]
[JsonSerializable(typeof(Behaviour))]
internal sealed partial class HandbookJson : JsonSerializerContext
{
    public static HandbookJson Instance { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
}
