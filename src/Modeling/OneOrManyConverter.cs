using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Modeling;

/// <summary>Reads a number, a list of numbers or null as a list.</summary>
internal sealed class OneOrManyConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => [reader.GetInt32()],
        JsonTokenType.Null => [],
        _ => JsonSerializer.Deserialize<int[]>(ref reader, options) ?? [],
    };

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, options);

    public override bool HandleNull => true;
}
