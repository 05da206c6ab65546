using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Experiments.Statistics;

/// <summary>Enumerations on the wire as elsewhere in the API: <c>too_early</c>.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) where T : struct, Enum;
