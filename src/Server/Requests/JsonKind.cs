using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>What a JSON value is, in the words of an error message.</summary>
internal static class JsonKind
{
    private const int Shown = 40;

    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    public static string Shorten(string text) => text.Length <= Shown ? text : text[..Shown] + "...";
}
