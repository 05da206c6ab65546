using InferenceServer.Modeling.Onnx.Proto;

namespace InferenceServer.Modeling.Onnx;

/// <summary>
/// The file beside a model that holds its large tensors: protobuf cannot hold 2 GB, and page-aligned tensors can be mapped instead of copied.
/// </summary>
internal sealed class ExternalData(string path) : IDisposable
{
    private const int Page = 4096;

    private readonly FileStream _file = File.Create(path);
    private readonly string _location = Path.GetFileName(path);

    /// <summary>Appends the bytes at the next page and points the tensor at them.</summary>
    public void Append(TensorProto tensor, ReadOnlySpan<byte> bytes)
    {
        long offset = (_file.Position + Page - 1) / Page * Page;
        _file.Position = offset;
        _file.Write(bytes);
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = _location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{offset}" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{bytes.Length}" });
    }

    public void Dispose() => _file.Dispose();
}
