using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Stop strings: one, or an array of up to sixteen (OpenAI's own limit is four).</summary>
public sealed record StopValue(IReadOnlyList<string> Strings) : IRequestValue<StopValue>
{
    private const int MaxStrings = 16, MaxLength = 1024;

    public static StopValue Read(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            return new([One(value, path)]);
        if (value.ValueKind != JsonValueKind.Array)
            throw ApiException.InvalidType(path, "a string or an array of strings", JsonKind.Of(value));
        if (value.GetArrayLength() > MaxStrings)
            throw ApiException.InvalidValue(path, $"may have at most {MaxStrings} stop strings, but it has {value.GetArrayLength()}.");
        return new([.. value.EnumerateArray().Select((item, index) => One(item, $"{path}[{index}]"))]);
    }

    private static string One(JsonElement value, string path)
    {
        string text = JsonScalar.String(value, path);
        return text.Length switch
        {
            0 => throw ApiException.InvalidValue(path, "is empty; a stop string needs at least one character."),
            > MaxLength => throw ApiException.InvalidValue(path, $"is {text.Length} characters long; a stop string may have at most {MaxLength}."),
            _ => text,
        };
    }

    public static JsonObject Schema => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxLength },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxLength }, ["maxItems"] = MaxStrings }),
    };
}
