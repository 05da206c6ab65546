using System.Text.Json;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Reads single JSON values; what does not fit is a 400 that names the path.</summary>
internal static class JsonScalar
{
    public static string String(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw ApiException.InvalidType(path, "a string", JsonKind.Of(value));
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid("invalid_utf8", path, $"'{path}' holds half of a \\u surrogate pair, which is not text.");
        }
    }

    public static bool Boolean(JsonElement value, string path) => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw ApiException.InvalidType(path, "true or false", JsonKind.Of(value));

    public static int Int32(JsonElement value, string path) => Int64(value, path) is >= int.MinValue and <= int.MaxValue and var number
        ? (int)number
        : throw ApiException.InvalidValue(path, $"is {value.GetRawText()}, which does not fit 32 bits.");

    public static long Int64(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number))
            return number;
        if (value.ValueKind == JsonValueKind.Number && value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0)
            throw ApiException.InvalidValue(path, $"is {JsonKind.Shorten(value.GetRawText())}, which does not fit 64 bits.");
        throw ApiException.InvalidType(path, "a whole number", JsonKind.Of(value));
    }

    /// <summary>A finite number.</summary>
    public static double Number(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw ApiException.InvalidType(path, "a number", JsonKind.Of(value));
        return value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw ApiException.InvalidValue(path, $"is {JsonKind.Shorten(value.GetRawText())}, which is too large for a number.");
    }
}
