using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace InferenceServer.Modeling;

/// <summary>Writes weights as a safetensors file of F32 tensors.</summary>
public static class SafeTensorsWriter
{
    // Readers that map the file want the data aligned; the format pads the header with spaces for it.
    private const int Alignment = 64;

    /// <inheritdoc cref="Write(string, IReadOnlyList{TensorSpec}, IWeights, IReadOnlyDictionary{string, string}?)"/>
    public static void Write(string path, ModelLayout layout, IWeights weights, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, layout.Tensors, weights, metadata);

    /// <summary>Writes the tensors in their order, one in memory at a time. The file appears under its name only when it is whole and on the disk.</summary>
    /// <param name="metadata">Free text kept in the header, such as the recipe and seed of a training run.</param>
    public static void Write(string path, IReadOnlyList<TensorSpec> tensors, IWeights weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string unfinished = path + ".unfinished";
        using (var file = File.Create(unfinished))
        {
            byte[] header = Header(tensors, metadata);
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            file.Write(header);
            foreach (TensorSpec tensor in tensors)
            {
                float[] values = new float[tensor.Elements];
                weights.Read(tensor, values);
                file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            }
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    private static byte[] Header(IReadOnlyList<TensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = new Dictionary<string, object>();
        if (metadata is not null)
            entries["__metadata__"] = metadata;
        long offset = 0;
        foreach (TensorSpec tensor in tensors)
        {
            long end = offset + tensor.Elements * sizeof(float);
            entries[tensor.Name] = new { dtype = "F32", shape = tensor.Shape, data_offsets = (long[])[offset, end] };
            offset = end;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(entries);
        int padded = (json.Length + sizeof(long) + Alignment - 1) / Alignment * Alignment - sizeof(long);
        byte[] header = new byte[padded];
        header.AsSpan().Fill((byte)' ');
        json.CopyTo(header, 0);
        return header;
    }
}
