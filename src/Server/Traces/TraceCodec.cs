using System.Buffers.Text;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Traces;

/// <summary>
/// A trace as text for shared state: its JSON, then the token columns of its candidates in binary, compressed together, in base 64. Scores keep all of their bits, so that a replay decides
/// as the first run did; the four bytes of a column's numbers stand apart, since signs and exponents repeat. docs/traces.md has what a token costs.
/// </summary>
public static class TraceCodec
{
    /// <summary>Brotli's quality, a fast one: traces are written beside generation.</summary>
    private const int Quality = 1, Window = 22;

    public static string Encode(StoredTrace trace)
    {
        using var buffer = new MemoryStream();
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8, leaveOpen: true))
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(trace, ApiJson.Instance.StoredTrace);
            writer.Write7BitEncodedInt(json.Length);
            writer.Write(json);
            foreach (StoredCandidate candidate in trace.Candidates)
                Write(writer, candidate.Tokens);
        }
        byte[] compressed = new byte[BrotliEncoder.GetMaxCompressedLength((int)buffer.Length)];
        return BrotliEncoder.TryCompress(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), compressed, out int written, Quality, Window)
            ? Convert.ToBase64String(compressed, 0, written)
            : throw new InvalidOperationException("The buffer is as large as Brotli asks for.");
    }

    /// <exception cref="FormatException">It is no trace, or of a later version.</exception>
    public static StoredTrace Decode(ReadOnlySpan<char> text)
    {
        try
        {
            byte[] compressed = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
            if (!Convert.TryFromBase64Chars(text, compressed, out int length))
                throw new FormatException("A stored trace is not base 64.");
            using var brotli = new BrotliStream(new MemoryStream(compressed, 0, length), CompressionMode.Decompress);
            using var buffer = new MemoryStream();
            brotli.CopyTo(buffer);
            buffer.Position = 0;
            using var reader = new BinaryReader(buffer);
            StoredTrace trace = JsonSerializer.Deserialize(reader.ReadBytes(reader.Read7BitEncodedInt()), ApiJson.Instance.StoredTrace) ?? throw new FormatException("A stored trace is null.");
            return trace with { Candidates = [.. trace.Candidates.Select(candidate => candidate with { Tokens = Read(reader) })] };
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidDataException or NotSupportedException or ArgumentException)
        {
            throw new FormatException($"A stored trace cannot be read: {e.Message}", e);
        }
    }

    private static void Write(BinaryWriter writer, TokenColumns columns)
    {
        writer.Write7BitEncodedInt(columns.Count);
        writer.Write(columns.Ids.Length > 0);
        foreach (int id in columns.Ids)
            writer.Write7BitEncodedInt(id);
        // Hundredths of a millisecond since the token before.
        long last = 0;
        foreach (float milliseconds in columns.Milliseconds)
        {
            long now = (long)Math.Round(milliseconds * 100.0);
            writer.Write7BitEncodedInt64(Math.Max(0, now - last));
            last = Math.Max(last, now);
        }
        foreach (float[] column in (float[][])[columns.LogProbs, columns.Entropies, columns.Values])
            WriteBytes(writer, column);
    }

    private static TokenColumns Read(BinaryReader reader)
    {
        int count = reader.Read7BitEncodedInt();
        int[] ids = new int[reader.ReadBoolean() ? count : 0];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = reader.Read7BitEncodedInt();
        float[] milliseconds = new float[count];
        long now = 0;
        for (int i = 0; i < count; i++)
            milliseconds[i] = (now += reader.Read7BitEncodedInt64()) / 100f;
        return new(ids, ReadBytes(reader, count), ReadBytes(reader, count), ReadBytes(reader, count), milliseconds);
    }

    /// <summary>First every number's lowest byte, then every one's next, and so on.</summary>
    private static void WriteBytes(BinaryWriter writer, float[] column)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(column.AsSpan());
        for (int shift = 0; shift < 32; shift += 8)
            foreach (uint number in bits)
                writer.Write((byte)(number >> shift));
    }

    private static float[] ReadBytes(BinaryReader reader, int count)
    {
        float[] column = new float[count];
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(column.AsSpan());
        for (int shift = 0; shift < 32; shift += 8)
            for (int i = 0; i < count; i++)
                bits[i] |= (uint)reader.ReadByte() << shift;
        return column;
    }
}
