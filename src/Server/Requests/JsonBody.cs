using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Reads a request's body as one JSON object, saying where it stops being one.</summary>
public static class JsonBody
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <exception cref="ApiException">Not application/json, too large, not UTF-8, not JSON, or not an object.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
            throw ApiException.MediaType(request.ContentType);
        using var buffer = new MemoryStream(checked((int)Math.Clamp(request.ContentLength ?? 0, 256, 1 << 20)));
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return Parse(buffer.GetBuffer().AsMemory(0, checked((int)buffer.Length)));
    }

    /// <exception cref="ApiException">Not UTF-8, not JSON, or not an object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        // The JSON reader looks at the bytes of a string only when somebody asks for it, so a bad one is found here or too late.
        if (!Utf8.IsValid(utf8.Span))
            throw ApiException.Invalid("invalid_utf8", null, $"The body is not valid UTF-8: the first bad byte is at offset {FirstInvalid(utf8.Span)}.");
        if (utf8.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            throw ApiException.Invalid("invalid_json", null, "The body is empty; it must be a JSON object.");
        JsonDocument document;
        try
        {
            // A copy: the document outlives the buffer.
            document = JsonDocument.Parse(utf8.ToArray(), Strict);
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid("invalid_json", null, Describe(e));
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        string kind = JsonKind.Of(document.RootElement);
        document.Dispose();
        throw ApiException.Invalid("invalid_json", null, $"The body must be a JSON object, but it is {kind}.");
    }

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        int offset = 0;
        while (Rune.DecodeFromUtf8(utf8[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
            offset += length;
        return offset;
    }

    /// <summary>The reader's own message with the position counted from 1, as editors do.</summary>
    private static string Describe(JsonException e)
    {
        int tail = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string reason = tail < 0 ? e.Message : e.Message[..tail];
        return e.LineNumber is { } line && e.BytePositionInLine is { } position
            ? $"The body is not valid JSON, at line {line + 1}, byte {position + 1}: {reason}"
            : $"The body is not valid JSON: {reason}";
    }
}
