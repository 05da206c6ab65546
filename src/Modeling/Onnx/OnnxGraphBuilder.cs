using Google.Protobuf;
using InferenceServer.Modeling.Onnx.Proto;
using static InferenceServer.Modeling.Onnx.Proto.AttributeProto.Types;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Modeling.Onnx;

/// <summary>Collects nodes, constants, inputs and outputs of one ONNX graph. Values are known by name.</summary>
/// <param name="external">Where tensors above a kilobyte go; null keeps them in the model.</param>
internal sealed class OnnxGraphBuilder(ExternalData? external = null)
{
    public const string MicrosoftDomain = "com.microsoft";

    // 21 is the newest operator set whose every operator used here has long had a kernel; nothing later is needed.
    private const int OperatorSet = 21, IrVersion = 10;
    private const int InlineBytes = 1024;

    private readonly GraphProto _graph = new() { Name = "decoder" };

    public string Input(string name, DataType type, params ReadOnlySpan<Dim> shape)
    {
        _graph.Input.Add(Describe(name, type, shape));
        return name;
    }

    public void Output(string name, DataType type, params ReadOnlySpan<Dim> shape) => _graph.Output.Add(Describe(name, type, shape));

    public string Constant(string name, OnnxTensor tensor)
    {
        var proto = new TensorProto { Name = name, DataType = (int)tensor.Type };
        proto.Dims.AddRange(tensor.Shape);
        if (external is not null && tensor.Bytes.Length >= InlineBytes)
            external.Append(proto, tensor.Bytes);
        else
            proto.RawData = UnsafeByteOperations.UnsafeWrap(tensor.Bytes);
        _graph.Initializer.Add(proto);
        return name;
    }

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    public string Node(string op, ReadOnlySpan<string> inputs, string output, string domain = "", params ReadOnlySpan<AttributeProto> attributes)
    {
        Node(op, inputs, [output], domain, attributes);
        return output;
    }

    public void Node(string op, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, string domain = "", params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Name = $"{outputs[0]}/{op}", OpType = op, Domain = domain };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(outputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        _graph.Node.Add(node);
    }

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public ModelProto Model()
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "InferenceServer", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = MicrosoftDomain, Version = 1 });
        return model;
    }

    private static ValueInfoProto Describe(string name, DataType type, ReadOnlySpan<Dim> shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        foreach (Dim dim in shape)
            tensor.Shape.Dim.Add(dim.Symbol is { } symbol
                ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                : new TensorShapeProto.Types.Dimension { DimValue = dim.Size });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    /// <summary>One extent of a shape: a number, or a symbol for one known at run time.</summary>
    internal readonly record struct Dim(long Size, string? Symbol)
    {
        public static implicit operator Dim(int size) => new(size, null);
        public static implicit operator Dim(string symbol) => new(0, symbol);
    }
}
