using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Experiments.Routers;

namespace InferenceServer.Experiments;

/// <summary>Experiments, exposures and labels as they are stored.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(Exposure))]
[JsonSerializable(typeof(RequestLabels))]
[JsonSerializable(typeof(RouterDocument))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ExperimentJson : JsonSerializerContext
{
    public static ExperimentJson Instance { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
}
