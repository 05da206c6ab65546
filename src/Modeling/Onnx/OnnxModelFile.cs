using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceServer.Modeling.Onnx.Proto;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Modeling.Onnx;

/// <summary>Checks a <c>model.onnx</c> before it is loaded: whole, with all its weights, and of the shape that <see cref="OnnxDecoderGraph"/> writes.</summary>
internal static class OnnxModelFile
{
    private const int ScanBytes = 1 << 18;

    /// <exception cref="ModelFormatException">The file, or the file of its weights, is missing, cut off, of another shape than the configuration's, or holds NaN.</exception>
    public static void Check(string path, ModelConfig config)
    {
        ModelProto model = Parse(path);
        if (model.Graph is null || model.Graph.Node.Count == 0)
            throw new ModelFormatException($"{path}: it holds no graph. Export the model again.");
        foreach (string input in (ReadOnlySpan<string>)["input_ids", "seqlens_k", "total_sequence_length", "logit_indices"])
            if (model.Graph.Input.All(i => i.Name != input))
                throw new ModelFormatException(
                    $"{path}: the graph has no input '{input}', so it is another export's. Remove it and put {SafeTensors.FileName} in the folder: the graph is built from that.");
        for (int l = 0; l < config.Layers; l++)
            CheckShape(path, model.Graph.Input, $"past_key_values.{l}.key", axis: 1, config.KeyValueHeads, axis2: 3, config.HeadDim);
        if (model.Graph.Input.Any(i => i.Name == $"past_key_values.{config.Layers}.key"))
            throw new ModelFormatException($"{path}: the graph has more layers than the {config.Layers} of config.json. The two files belong to different models.");
        CheckShape(path, model.Graph.Output, "logits", axis: 1, config.VocabSize);
        string[] values = [.. model.Graph.Output.Select(o => o.Name).Where(name => name is "value" or "value_hidden")];
        if (!values.SequenceEqual(config.ValueHeadSize is null ? [] : config.ValueFeatures is null ? ["value"] : ["value_hidden"]))
            throw new ModelFormatException($"{path}: the graph and config.json disagree on whether there is a value head, or on what it takes. The two files belong to different models.");
        foreach (TensorProto tensor in model.Graph.Initializer)
            CheckWeights(path, tensor);
    }

    private static ModelProto Parse(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelFormatException($"{path}: this is no ONNX file, or it is cut off: {e.Message} Export the model again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot read the graph: {e.Message}", e);
        }
    }

    private static void CheckShape(string path, IEnumerable<ValueInfoProto> values, string name, int axis, int expected, int axis2 = -1, int expected2 = 0)
    {
        var dims = values.FirstOrDefault(v => v.Name == name)?.Type?.TensorType?.Shape?.Dim;
        if (dims is null)
            throw new ModelFormatException($"{path}: the graph has no '{name}', which config.json implies. The two files belong to different models.");
        foreach (var (at, size) in (ReadOnlySpan<(int, int)>)[(axis, expected), (axis2, expected2)])
            if (at >= 0 && (dims.Count <= at || dims[at].DimValue != size))
                throw new ModelFormatException(
                    $"{path}: '{name}' has {(dims.Count > at ? dims[at].DimValue : 0)} on axis {at} and config.json implies {size}. The two files belong to different models.");
    }

    private static void CheckWeights(string path, TensorProto tensor)
    {
        var type = (DataType)tensor.DataType;
        if (tensor.DataLocation != DataLocation.External)
        {
            CheckFinite(path, tensor.Name, type, tensor.RawData.Span);
            return;
        }
        var where = tensor.ExternalData.ToDictionary(e => e.Key, e => e.Value);
        string data = Path.Combine(Path.GetDirectoryName(path)!, where.GetValueOrDefault("location", ""));
        if (!File.Exists(data))
            throw new ModelFormatException($"{data}: missing; {Path.GetFileName(path)} keeps its weights there. Copy both files, or export the model again.");
        using var file = File.OpenRead(data);
        long offset = Number("offset"), length = Number("length");
        if (offset < 0 || length < 0 || offset + length > file.Length)
            throw new ModelFormatException($"{data}: cut off: the tensor '{tensor.Name}' ends at byte {offset + length} and the file at {file.Length}. Copy or export it again.");
        file.Position = offset;
        byte[] buffer = new byte[Math.Min(ScanBytes, length)];
        for (long left = length; left > 0; left -= buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, left));
            file.ReadExactly(part);
            CheckFinite(data, tensor.Name, type, part);
        }

        long Number(string key) => long.TryParse(where.GetValueOrDefault(key, "0"), CultureInfo.InvariantCulture, out long value) ? value : -1;
    }

    private static void CheckFinite(string path, string name, DataType type, ReadOnlySpan<byte> bytes)
    {
        bool finite = type switch
        {
            DataType.Float => TensorPrimitives.IsFiniteAll(MemoryMarshal.Cast<byte, float>(bytes)),
            DataType.Float16 => TensorPrimitives.IsFiniteAll(MemoryMarshal.Cast<byte, Half>(bytes)),
            _ => true,
        };
        if (!finite)
            throw new ModelFormatException($"{path}: the tensor '{name}' holds NaN or infinity. Training diverged or the file is damaged; take an earlier checkpoint.");
    }
}
