using System.Text.Json;

namespace InferenceServer.Modeling;

/// <summary>Fields of a Hugging Face <c>config.json</c> that change what a decoder computes and that this graph cannot express: reading past them would give a wrong model.</summary>
internal static class UnsupportedFeatures
{
    /// <exception cref="ModelFormatException">Names the field.</exception>
    public static void Refuse(JsonElement config)
    {
        if (Text(config, "hidden_act") is { } activation && activation is not ("silu" or "swish"))
            throw new ModelFormatException($"hidden_act is '{activation}'; only silu (SwiGLU) is supported.");
        if (Flag(config, "mlp_bias"))
            throw new ModelFormatException("mlp_bias is true; linear layers of the MLP have no bias here.");
        foreach (string field in (ReadOnlySpan<string>)["rope_scaling", "rope_parameters"])
            if (config.TryGetProperty(field, out JsonElement rope) && rope.ValueKind == JsonValueKind.Object
                && (Text(rope, "rope_type") ?? Text(rope, "type")) is { } kind && kind != "default")
                throw new ModelFormatException($"{field} asks for '{kind}'; only plain rotary positions are supported.");
        if (Number(config, "partial_rotary_factor") is { } partial && partial != 1)
            throw new ModelFormatException($"partial_rotary_factor is {partial}; only the rotation of whole heads is supported.");
        bool windowUsed = !config.TryGetProperty("use_sliding_window", out JsonElement use) || use.ValueKind == JsonValueKind.True;
        if (windowUsed && Number(config, "sliding_window") is { } window && window < Number(config, "max_position_embeddings"))
            throw new ModelFormatException(
                $"sliding_window is {window}, less than max_position_embeddings; attention here sees the whole context. Lower max_position_embeddings to {window} to use the model within its window.");
        if (config.TryGetProperty("quantization_config", out JsonElement quantization) && quantization.ValueKind == JsonValueKind.Object)
            throw new ModelFormatException("quantization_config is present; take the model's unquantised weights, this server quantises them itself.");
    }

    private static string? Text(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

    private static bool Flag(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.True;

    private static double? Number(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : null;
}
