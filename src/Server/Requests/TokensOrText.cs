using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>A piece of prompt: text, or token ids. Exactly one of the two is set.</summary>
public sealed record TokensOrText(string? Text, IReadOnlyList<int>? Tokens) : IRequestValue<TokensOrText>
{
    public static TokensOrText Read(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => new(JsonScalar.String(value, path), null),
        JsonValueKind.Array => new(null, ReadTokens(value, path)),
        _ => throw ApiException.InvalidType(path, "a string or an array of token ids", JsonKind.Of(value)),
    };

    private static int[] ReadTokens(JsonElement value, string path)
    {
        var tokens = new int[value.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            string itemPath = $"{path}[{index}]";
            int token = JsonScalar.Int32(item, itemPath);
            tokens[index++] = token >= 0 ? token : throw ApiException.InvalidValue(itemPath, $"is {token}; a token id is at least 0.");
        }
        return tokens;
    }

    public static JsonObject Schema => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 } }),
    };
}
