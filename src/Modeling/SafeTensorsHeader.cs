using System.Buffers.Binary;
using System.Text.Json;

namespace InferenceServer.Modeling;

/// <summary>One tensor of a safetensors file: type, shape and the bytes it takes, counted from the end of the header.</summary>
internal sealed record SafeTensorsEntry(string Type, int[] Shape, long Begin, long End)
{
    public long Elements => Shape.Aggregate(1L, (product, dim) => product * dim);
}

/// <summary>
/// The table of contents of a safetensors file: eight bytes of length, then JSON from tensor name to type, shape and offsets
/// (<see href="https://github.com/huggingface/safetensors"/>).
/// </summary>
internal static class SafeTensorsHeader
{
    private const int MaxBytes = 100_000_000;
    private const string MetadataName = "__metadata__";

    /// <returns>The tensors by name, the free text, and where the first one's bytes begin in the file.</returns>
    /// <exception cref="ModelFormatException">The header is cut off or malformed, or promises more bytes than the file has.</exception>
    public static (Dictionary<string, SafeTensorsEntry> Tensors, Dictionary<string, string> Metadata, long DataStart) Read(Stream file, string path)
    {
        byte[] length = new byte[sizeof(long)];
        if (file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length)
            throw Broken(path, "it ends within its first 8 bytes");
        long headerBytes = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerBytes is <= 0 or > MaxBytes)
            throw Broken(path, $"its header would be {headerBytes} bytes long, so this is no safetensors file");
        if (headerBytes > file.Length - length.Length)
            throw Broken(path, $"its header of {headerBytes} bytes does not fit into the {file.Length} bytes of the file");
        byte[] header = new byte[headerBytes];
        file.ReadExactly(header);

        long dataStart = length.Length + headerBytes, dataBytes = file.Length - dataStart;
        try
        {
            using var json = JsonDocument.Parse(header);
            var tensors = json.RootElement.EnumerateObject()
                .Where(p => p.Name != MetadataName)
                .ToDictionary(p => p.Name, p => Entry(p.Value));
            foreach (var (name, entry) in tensors)
                CheckRange(path, name, entry, dataBytes);
            var metadata = json.RootElement.TryGetProperty(MetadataName, out var texts)
                ? texts.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "")
                : [];
            return (tensors, metadata, dataStart);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Broken(path, $"its header is not what the format asks for: {e.Message}", e);
        }
    }

    private static SafeTensorsEntry Entry(JsonElement tensor)
    {
        JsonElement offsets = tensor.GetProperty("data_offsets");
        return new(
            tensor.GetProperty("dtype").GetString() ?? "",
            [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())],
            offsets[0].GetInt64(),
            offsets[1].GetInt64());
    }

    private static void CheckRange(string path, string name, SafeTensorsEntry entry, long dataBytes)
    {
        if (entry.Begin < 0 || entry.End < entry.Begin)
            throw Broken(path, $"tensor '{name}' lies at [{entry.Begin}, {entry.End})");
        if (entry.End > dataBytes)
            throw Broken(path, $"it is cut off: tensor '{name}' ends at byte {entry.End} of the data, and the file has {dataBytes}");
        if (SafeTensors.ElementBytes(entry.Type) is int size && entry.Elements * size != entry.End - entry.Begin)
            throw Broken(path, $"tensor '{name}' [{string.Join(", ", entry.Shape)}] of {entry.Type} cannot take {entry.End - entry.Begin} bytes");
    }

    private static ModelFormatException Broken(string path, string reason, Exception? inner = null) =>
        new($"{path}: {reason}. Copy or export the file again.", inner);
}
