using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Checkpoints;

/// <summary>A safetensors file of fp32 tensors: 8 bytes of header length, a JSON header, the data.</summary>
public sealed class TensorFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly Dictionary<string, (long[] Shape, long Start, long End)> _entries = [];
    private readonly long _dataStart;

    public Dictionary<string, string> Metadata { get; } = [];

    private TensorFile(string path)
    {
        _path = path;
        _stream = File.OpenRead(path);
        try
        {
            byte[] length = new byte[8];
            _stream.ReadExactly(length);
            long headerLength = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (headerLength is <= 0 or > 100_000_000)
                throw new CheckpointException($"{path}: this is not a safetensors file (its header would be {headerLength} bytes). Delete it to start again.");
            byte[] header = new byte[headerLength];
            _stream.ReadExactly(header);
            _dataStart = 8 + headerLength;
            foreach (var (name, entry) in JsonNode.Parse(header)!.AsObject())
            {
                if (name == "__metadata__")
                {
                    foreach (var (key, value) in entry!.AsObject())
                        Metadata[key] = value!.GetValue<string>();
                    continue;
                }
                long[] offsets = entry!["data_offsets"].Deserialize<long[]>()!;
                _entries[name] = (entry["shape"].Deserialize<long[]>()!, offsets[0], offsets[1]);
            }
            if (_stream.Length != _dataStart + _entries.Values.Select(e => e.End).DefaultIfEmpty(0).Max())
                throw new CheckpointException($"{path}: the file is {_stream.Length} bytes long, which is not what its header says. Delete it to start again.");
        }
        catch (Exception e) when (e is JsonException or EndOfStreamException or InvalidOperationException or NullReferenceException)
        {
            _stream.Dispose();
            throw new CheckpointException($"{path}: this is not a complete safetensors file ({e.Message}). Delete it to start again.", e);
        }
        catch (CheckpointException)
        {
            _stream.Dispose();
            throw;
        }
    }

    public static TensorFile Open(string path) => new(path);

    /// <summary>Copies a tensor of the same shape.</summary>
    public void ReadInto(string name, Tensor destination)
    {
        if (!_entries.TryGetValue(name, out var entry))
            throw new CheckpointException($"{_path}: the tensor '{name}' is missing; the checkpoint is of another model. Choose another output folder.");
        if (!entry.Shape.SequenceEqual(destination.shape))
            throw new CheckpointException($"{_path}: '{name}' has shape [{string.Join(',', entry.Shape)}] instead of [{string.Join(',', destination.shape)}]; the checkpoint is of another model. Choose another output folder.");
        float[] values = new float[(entry.End - entry.Start) / sizeof(float)];
        _stream.Position = _dataStart + entry.Start;
        _stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        using var source = tensor(values, entry.Shape);
        destination.copy_(source);
    }

    /// <summary>Writes beside the file and then takes its place.</summary>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, Dictionary<string, string> metadata)
    {
        var list = tensors.ToList();
        var header = new JsonObject { ["__metadata__"] = JsonSerializer.SerializeToNode(metadata) };
        long offset = 0;
        foreach (var (name, values) in list)
        {
            long end = offset + values.numel() * sizeof(float);
            header[name] = new JsonObject { ["dtype"] = "F32", ["shape"] = JsonSerializer.SerializeToNode(values.shape), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }
        byte[] headerBytes = JsonSerializer.SerializeToUtf8Bytes(header);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string unfinished = path + ".tmp";
        using (var stream = File.Create(unfinished))
        {
            byte[] length = new byte[8];
            int padding = (8 - headerBytes.Length % 8) % 8;
            BinaryPrimitives.WriteInt64LittleEndian(length, headerBytes.Length + padding);
            stream.Write(length);
            stream.Write(headerBytes);
            for (int i = 0; i < padding; i++)
                stream.WriteByte((byte)' ');
            foreach (var (_, values) in list)
            {
                using var detached = values.detach();
                using var contiguous = detached.contiguous();
                stream.Write(MemoryMarshal.AsBytes<float>(contiguous.data<float>().ToArray()));
            }
            stream.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    public void Dispose() => _stream.Dispose();
}
