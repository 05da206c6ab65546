using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using InferenceServer.Experiments;

namespace InferenceServer.Server.Experiments;

/// <summary>An experiment's arms in a message.</summary>
internal static class ArmsText
{
    /// <summary>Of each experiment at most; plans can be long.</summary>
    private const int MaxLength = 2000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>plain (weight 1): [], bo8 (weight 1): [{"name":"best_of_n","n":8}]</c>.</summary>
    public static string Of(Experiment experiment)
    {
        string text = string.Join(", ", experiment.Arms.Select(arm => string.Create(CultureInfo.InvariantCulture,
            $"{arm.Name} (weight {arm.Weight}): {(arm.Strategies is { } plan ? JsonSerializer.Serialize(plan, Plain) : arm.Model ?? "[]")}{(arm.Sampling is { } sampling ? $" with {sampling}" : "")}")));
        return text.Length <= MaxLength ? text : text[..MaxLength] + "...";
    }
}
