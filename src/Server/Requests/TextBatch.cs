using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>One or several pieces of text or token ids, in OpenAI's four forms: a string, an array of strings, token ids, an array of token id arrays.</summary>
/// <param name="Items">At least one.</param>
/// <param name="IsArray">Whether several were given, even if only one: then item i stands at <c>path[i]</c>.</param>
public sealed record TextBatch(IReadOnlyList<TokensOrText> Items, bool IsArray) : IRequestValue<TextBatch>
{
    private const int MaxItems = 128;

    /// <summary>Where item <paramref name="index"/> stands, for messages.</summary>
    public string PathOf(int index, string path) => IsArray ? $"{path}[{index}]" : path;

    public static TextBatch Read(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            return new([TokensOrText.Read(value, path)], IsArray: false);
        if (value.ValueKind != JsonValueKind.Array)
            throw ApiException.InvalidType(path, "a string, an array of strings, token ids, or an array of token id arrays", JsonKind.Of(value));
        int count = value.GetArrayLength();
        if (count == 0)
            throw ApiException.InvalidValue(path, "is an empty array; it needs at least one element.");
        if (value[0].ValueKind == JsonValueKind.Number)
            return new([TokensOrText.Read(value, path)], IsArray: false);
        if (count > MaxItems)
            throw ApiException.InvalidValue(path, $"may have at most {MaxItems} elements, but it has {count}.");
        return new([.. value.EnumerateArray().Select((item, index) => TokensOrText.Read(item, $"{path}[{index}]"))], IsArray: true);
    }

    public static JsonObject Schema => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" }, ["minItems"] = 1, ["maxItems"] = MaxItems },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 }, ["minItems"] = 1 },
            new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 } },
                ["minItems"] = 1,
                ["maxItems"] = MaxItems,
            }),
    };
}
