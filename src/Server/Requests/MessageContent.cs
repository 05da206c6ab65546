using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>A message's text: a string, or an array of text parts, which are joined.</summary>
public sealed record MessageContent(string Text) : IRequestValue<MessageContent>
{
    public static MessageContent Read(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            return new(JsonScalar.String(value, path));
        if (value.ValueKind != JsonValueKind.Array)
            throw ApiException.InvalidType(path, "a string or an array of text parts", JsonKind.Of(value));
        var text = new StringBuilder();
        int index = 0;
        foreach (JsonElement part in value.EnumerateArray())
            text.Append(ReadPart(part, $"{path}[{index++}]"));
        return new(text.ToString());
    }

    private static string ReadPart(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object)
            throw ApiException.InvalidType(path, "an object {\"type\":\"text\",\"text\":...}", JsonKind.Of(part));
        if (!part.TryGetProperty("type", out JsonElement type))
            throw ApiException.Missing($"{path}.type", "it says what the part is; \"text\" is the only kind here.");
        string kind = JsonScalar.String(type, $"{path}.type");
        if (kind != "text")
            throw ApiException.Unsupported($"{path}.type", $"the model reads text parts only, not '{JsonKind.Shorten(kind)}'.");
        return part.TryGetProperty("text", out JsonElement text)
            ? JsonScalar.String(text, $"{path}.text")
            : throw ApiException.Missing($"{path}.text", "the text of the part.");
    }

    public static JsonObject Schema => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = "text" }, ["text"] = new JsonObject { ["type"] = "string" } },
                    ["required"] = new JsonArray("type", "text"),
                },
            }),
    };
}
