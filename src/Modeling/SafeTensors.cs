using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace InferenceServer.Modeling;

/// <summary>The weights of a safetensors file, mapped into memory and converted to float as they are read. Stored types: F32, F16, BF16.</summary>
public sealed unsafe class SafeTensors : IWeights, IDisposable
{
    public const string FileName = "model.safetensors";

    private const int ScanElements = 1 << 16;

    private readonly string _path;
    private readonly Dictionary<string, SafeTensorsEntry> _tensors;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;

    private SafeTensors(string path, Dictionary<string, SafeTensorsEntry> tensors, Dictionary<string, string> metadata, long dataStart)
    {
        (_path, _tensors, Metadata) = (path, tensors, metadata);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _data = start + _view.PointerOffset + dataStart;
    }

    /// <exception cref="ModelFormatException">The file is missing, unreadable, cut off or malformed.</exception>
    public static SafeTensors Open(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var (tensors, metadata, dataStart) = SafeTensorsHeader.Read(file, path);
            return new SafeTensors(path, tensors, metadata, dataStart);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot read the weights: {e.Message}", e);
        }
    }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The free text that the writer left in the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public void Read(TensorSpec tensor, Span<float> destination)
    {
        SafeTensorsEntry entry = Find(tensor);
        if (destination.Length != entry.Elements)
            throw new ArgumentException($"'{tensor.Name}' has {entry.Elements} elements and the destination {destination.Length}.", nameof(destination));
        Convert(entry, 0, destination);
    }

    /// <summary>Compares the file with what a configuration implies and looks at every weight once.</summary>
    /// <exception cref="ModelFormatException">A tensor is missing, misshapen, of an unknown type or not expected, or holds NaN or infinity.</exception>
    public void Check(ModelLayout layout)
    {
        foreach (TensorSpec tensor in layout.Tensors)
            CheckFinite(tensor, Find(tensor));
        var expected = layout.Tensors.Select(t => t.Name).ToHashSet();
        foreach (string name in _tensors.Keys)
            // Left by some exporters: the output projection of a tied model, and tables that are computed from the configuration.
            if (!expected.Contains(name) && name != ModelLayout.OutputProjection && !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal))
                throw new ModelFormatException(
                    $"{_path}: tensor '{name}' has no place in the model that config.json describes, so the model would compute something else than it was trained for. Correct config.json or remove the tensor.");
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    internal static int? ElementBytes(string type) => type switch
    {
        "F32" => 4,
        "F16" or "BF16" => 2,
        _ => null,
    };

    private SafeTensorsEntry Find(TensorSpec tensor)
    {
        if (!_tensors.TryGetValue(tensor.Name, out SafeTensorsEntry? entry))
            throw new ModelFormatException($"{_path}: tensor '{tensor.Name}' is missing. The file must hold every weight that config.json implies.");
        if (!entry.Shape.AsSpan().SequenceEqual(tensor.Shape))
            throw new ModelFormatException(
                $"{_path}: tensor '{tensor.Name}' is [{string.Join(", ", entry.Shape)}] and config.json implies [{string.Join(", ", tensor.Shape)}]. The two files belong to different models.");
        if (ElementBytes(entry.Type) is null)
            throw new ModelFormatException($"{_path}: tensor '{tensor.Name}' is stored as {entry.Type}; supported are F32, F16 and BF16. Convert the file.");
        return entry;
    }

    private void CheckFinite(TensorSpec tensor, SafeTensorsEntry entry)
    {
        float[] buffer = new float[Math.Min(ScanElements, entry.Elements)];
        for (long start = 0; start < entry.Elements; start += buffer.Length)
        {
            var values = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Elements - start));
            Convert(entry, start, values);
            if (!TensorPrimitives.IsFiniteAll<float>(values))
                throw new ModelFormatException($"{_path}: tensor '{tensor.Name}' holds NaN or infinity. Training diverged or the file is damaged; take an earlier checkpoint.");
        }
    }

    private void Convert(SafeTensorsEntry entry, long start, Span<float> destination)
    {
        byte* source = _data + entry.Begin + start * ElementBytes(entry.Type)!.Value;
        switch (entry.Type)
        {
            case "F32":
                new ReadOnlySpan<byte>(source, destination.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case "F16":
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(source, destination.Length), destination);
                break;
            case "BF16":
                // The upper half of a float.
                var halves = new ReadOnlySpan<ushort>(source, destination.Length);
                for (int i = 0; i < halves.Length; i++)
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                break;
        }
    }
}
