using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Modeling;

/// <summary>What counts of an optional <c>generation_config.json</c>: chat models name there the tokens that end a turn, where <c>config.json</c> has the end of a text only.</summary>
internal sealed record GenerationConfig
{
    public const string FileName = "generation_config.json";

    [JsonPropertyName("eos_token_id"), JsonConverter(typeof(OneOrManyConverter))] public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <exception cref="ModelFormatException">The file is there and cannot be read.</exception>
    public static GenerationConfig LoadOrDefault(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<GenerationConfig>(File.ReadAllBytes(path)) ?? new() : new();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot read it: {e.Message} Copy the file again, or remove it.", e);
        }
    }
}
