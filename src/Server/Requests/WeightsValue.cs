using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Weights of arms: an object from an arm's name to a number.</summary>
public sealed record WeightsValue(IReadOnlyDictionary<string, double> ByArm) : IRequestValue<WeightsValue>
{
    public static WeightsValue Read(JsonElement value, string path) => value.ValueKind == JsonValueKind.Object
        ? new(value.EnumerateObject().ToDictionary(weight => weight.Name, weight => JsonScalar.Number(weight.Value, $"{path}.{weight.Name}"), StringComparer.Ordinal))
        : throw ApiException.InvalidType(path, "an object from arm to weight", JsonKind.Of(value));

    public static JsonObject Schema => new() { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "number" } };
}
