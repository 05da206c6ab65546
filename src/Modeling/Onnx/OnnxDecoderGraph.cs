using Google.Protobuf;
using InferenceServer.Modeling.Onnx.Proto;
using InferenceServer.Modeling.Rewards;
using static InferenceServer.Modeling.Onnx.OnnxGraphBuilder;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Modeling.Onnx;

/// <summary>
/// The ONNX graph of a decoder: one step over a KV cache that the caller owns.
/// <para>
/// Inputs: <c>input_ids</c> int64 [B, S]; <c>seqlens_k</c> int32 [B], each row's length after this step less one; <c>total_sequence_length</c> int32 [1],
/// the largest length after this step; <c>logit_indices</c> int64 [R] into the B*S positions; <c>past_key_values.{l}.key</c> and <c>.value</c>
/// T [B, kv heads, C, head dim].
/// Outputs: <c>logits</c> float [R, V]; <c>value</c> float [R, 1] when there is a value head, or <c>value_hidden</c> float [R, W], its hidden layer before features
/// and activation, when it takes features (the rest is <see cref="FeatureValueHead"/>, in the graph's metadata); <c>present.{l}.key</c> and <c>.value</c> like the past, and
/// bound to the same memory so that nothing is copied. T is float16 for <see cref="WeightFormat.Fp16"/>, else float.
/// </para>
/// <para>S &gt; 1 with a past needs B = 1: attention refuses it otherwise.</para>
/// </summary>
public sealed class OnnxDecoderGraph
{
    public const string FileName = "model.onnx";

    private readonly ModelConfig _config;
    private readonly IWeights _weights;
    private readonly WeightFormat _format;
    private readonly DataType _type;
    private readonly OnnxGraphBuilder _graph;
    private readonly Dictionary<string, TensorSpec> _layout;

    private OnnxDecoderGraph(ModelConfig config, IWeights weights, WeightFormat format, ExternalData? external)
    {
        config.Validate();
        (_config, _weights, _format) = (config, weights, format);
        _type = format == WeightFormat.Fp16 ? DataType.Float16 : DataType.Float;
        _graph = new OnnxGraphBuilder(external);
        _layout = ModelLayout.For(config).Tensors.ToDictionary(t => t.Name);
    }

    /// <summary>The whole model as the bytes of one file, for models well under protobuf's limit of 2 GB.</summary>
    /// <exception cref="ModelFormatException">A weight is missing or misshapen, or the model is too large for one file.</exception>
    public static byte[] Build(ModelConfig config, IWeights weights, WeightFormat format)
    {
        // Upper bound: every weight in full, and a tied embedding twice.
        long bytes = (config.Parameters + (config.TiedEmbeddings ? (long)config.VocabSize * config.HiddenSize : 0)) * (format == WeightFormat.Fp16 ? 2 : 4);
        if (bytes > 1_900_000_000)
            throw new ModelFormatException(
                $"The graph would hold {bytes / 1e9:F1} GB of weights and a single ONNX file ends at 2 GB: export the model to a folder, with its weights in a file beside {FileName}.");
        return new OnnxDecoderGraph(config, weights, format, external: null).Emit().ToByteArray();
    }

    /// <summary>Writes <c>model.onnx</c> and, beside it, <c>model.onnx.data</c> with the weights, one tensor in memory at a time.</summary>
    /// <returns>The path of <c>model.onnx</c>.</returns>
    /// <exception cref="ModelFormatException">A weight is missing or misshapen.</exception>
    public static string Write(string folder, ModelConfig config, IWeights weights, WeightFormat format)
    {
        string path = Path.Combine(folder, FileName);
        Directory.CreateDirectory(folder);
        // Last comes the file that a reader opens first: an interrupted export leaves no model rather than a broken one.
        File.Delete(path);
        using (var external = new ExternalData(path + ".data"))
        {
            ModelProto model = new OnnxDecoderGraph(config, weights, format, external).Emit();
            using var file = File.Create(path);
            model.WriteTo(file);
        }
        return path;
    }

    private ModelProto Emit()
    {
        string ids = _graph.Input("input_ids", DataType.Int64, "batch", "tokens");
        _graph.Input("seqlens_k", DataType.Int32, "batch");
        _graph.Input("total_sequence_length", DataType.Int32, 1);
        _graph.Input("logit_indices", DataType.Int64, "rows");
        EmitRotaryTables();

        string hidden = _graph.Node("Gather", [Constant(ModelLayout.Embedding), ids], "hidden");
        for (int l = 0; l < _config.Layers; l++)
            hidden = EmitLayer(hidden, new ModelLayout.Layer(l));

        // Only the asked positions pay the final norm and the vocabulary's matrix.
        string flat = _graph.Node("Reshape", [hidden, _graph.Constant("flat_shape", OnnxTensor.Int64(-1, _config.HiddenSize))], "hidden.flat");
        string asked = _graph.Node("Gather", [flat, "logit_indices"], "hidden.asked");
        string normed = Norm(asked, ModelLayout.FinalNorm);
        EmitHead(normed);
        if (_config.ValueHeadSize is not null)
            EmitValueHead(normed);
        var model = _graph.Model();
        foreach (var (key, value) in FeatureValueHead.Of(_config, _weights)?.ToMetadata() ?? new Dictionary<string, string>())
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private void EmitRotaryTables()
    {
        int half = _config.HeadDim / 2;
        float[] cos = new float[_config.ContextLength * half], sin = new float[cos.Length];
        for (int i = 0; i < cos.Length; i++)
        {
            (int position, int pair) = Math.DivRem(i, half);
            (double s, double c) = Math.SinCos(position * Math.Pow(_config.RopeTheta, -2.0 * pair / _config.HeadDim));
            (cos[i], sin[i]) = ((float)c, (float)s);
        }
        _graph.Constant("cos_cache", OnnxTensor.Floats(_type, cos, _config.ContextLength, half));
        _graph.Constant("sin_cache", OnnxTensor.Floats(_type, sin, _config.ContextLength, half));
    }

    private string EmitLayer(string hidden, ModelLayout.Layer layer)
    {
        string attended = EmitAttention(Norm(hidden, layer.AttentionNorm), layer);
        hidden = _graph.Node("Add", [hidden, attended], $"layers.{layer.Index}.attention.sum");
        string mixed = EmitMlp(Norm(hidden, layer.MlpNorm), layer);
        return _graph.Node("Add", [hidden, mixed], $"layers.{layer.Index}.mlp.sum");
    }

    private string EmitAttention(string x, ModelLayout.Layer layer)
    {
        string query = Linear(x, layer.Query), key = Linear(x, layer.Key), value = Linear(x, layer.Value);
        if (_config.QkvBias)
            (query, key, value) = (Bias(query, layer.QueryBias), Bias(key, layer.KeyBias), Bias(value, layer.ValueBias));
        if (_config.QkNorm)
            (query, key) = (HeadNorm(query, layer.QueryNorm, _config.Heads), HeadNorm(key, layer.KeyNorm, _config.KeyValueHeads));

        string pastKey = Cache($"past_key_values.{layer.Index}.key", "past"), pastValue = Cache($"past_key_values.{layer.Index}.value", "past");
        string presentKey = $"present.{layer.Index}.key", presentValue = $"present.{layer.Index}.value", output = $"layers.{layer.Index}.attention";
        _graph.Node("GroupQueryAttention", [query, key, value, pastKey, pastValue, "seqlens_k", "total_sequence_length", "cos_cache", "sin_cache"],
            [output, presentKey, presentValue], MicrosoftDomain,
            Attribute("num_heads", _config.Heads), Attribute("kv_num_heads", _config.KeyValueHeads), Attribute("do_rotary", 1), Attribute("rotary_interleaved", 0));
        foreach (string present in (ReadOnlySpan<string>)[presentKey, presentValue])
            _graph.Output(present, _type, "batch", _config.KeyValueHeads, "capacity", _config.HeadDim);
        return Linear(output, layer.Output);

        string Cache(string name, string capacity) => _graph.Input(name, _type, "batch", _config.KeyValueHeads, capacity, _config.HeadDim);
    }

    /// <summary>SwiGLU: down(silu(gate(x)) * up(x)).</summary>
    private string EmitMlp(string x, ModelLayout.Layer layer)
    {
        string gate = Linear(x, layer.Gate), up = Linear(x, layer.Up), prefix = $"layers.{layer.Index}.mlp";
        string silu = _graph.Node("Mul", [gate, _graph.Node("Sigmoid", [gate], $"{prefix}.sigmoid")], $"{prefix}.silu");
        return Linear(_graph.Node("Mul", [silu, up], $"{prefix}.gated"), layer.Down);
    }

    private void EmitHead(string normed)
    {
        // A tied matrix is stored again: the product packs its own copy of it at load in any case.
        string name = _config.TiedEmbeddings ? ModelLayout.Embedding : ModelLayout.OutputProjection;
        Result("logits", output => Linear(normed, name, output));
        _graph.Output("logits", DataType.Float, "rows", _config.VocabSize);
    }

    private void EmitValueHead(string normed)
    {
        // Never quantised: it is a thousandth of the model, and its small differences are what search decides by.
        string hidden = MatMul(normed, ModelLayout.ValueHidden);
        if (_config.ValueFeatures is not null)
        {
            Result("value_hidden", output => Bias(hidden, ModelLayout.ValueHiddenBias, output));
            _graph.Output("value_hidden", DataType.Float, "rows", _config.ValueHeadSize!.Value);
            return;
        }
        hidden = Bias(hidden, ModelLayout.ValueHiddenBias);
        string activated = _graph.Node("Relu", [hidden], "value.relu");
        string score = Bias(MatMul(activated, ModelLayout.ValueOutput), ModelLayout.ValueOutputBias);
        Result("value", output => _graph.Node("Sigmoid", [score], output));
        _graph.Output("value", DataType.Float, "rows", 1);
    }

    private string Linear(string x, string name, string? output = null) => _format switch
    {
        WeightFormat.Int8 => MatMulNBits(x, name, bits: 8, output),
        WeightFormat.Int4 => MatMulNBits(x, name, bits: 4, output),
        _ => MatMul(x, name, output),
    };

    private string MatMul(string x, string name, string? output = null)
    {
        TensorSpec spec = _layout[name];
        OnnxTensor weights = OnnxTensor.Transposed(_type, Read(spec), spec.Shape[0], spec.Shape[1]);
        return _graph.Node("MatMul", [x, _graph.Constant(name + ".transposed", weights)], output ?? name + ".out");
    }

    private string MatMulNBits(string x, string name, int bits, string? output)
    {
        TensorSpec spec = _layout[name];
        (int outputs, int inputs) = (spec.Shape[0], spec.Shape[1]);
        (OnnxTensor values, OnnxTensor scales) = Quantization.Quantize(Read(spec), outputs, inputs, bits);
        // Accuracy level 4 multiplies in int8. Left unset, the operator unpacks to floats at every step: 20 times slower with 8 bits.
        string[] operands = [x, _graph.Constant(name + ".values", values), _graph.Constant(name + ".scales", scales)];
        return _graph.Node("MatMulNBits", operands, output ?? name + ".out", MicrosoftDomain,
            Attribute("K", inputs), Attribute("N", outputs), Attribute("bits", bits), Attribute("block_size", Quantization.Block), Attribute("accuracy_level", 4));
    }

    private string Bias(string x, string name, string? output = null) => _graph.Node("Add", [x, Constant(name)], output ?? name + ".out");

    private string Norm(string x, string name) =>
        _graph.Node("SimplifiedLayerNormalization", [x, Constant(name)], name + ".out", "",
            Attribute("axis", -1), Attribute("epsilon", _config.RmsNormEps), Attribute("stash_type", 1));

    /// <summary>RMSNorm over each head: attention's own inputs for it exist on CUDA only.</summary>
    private string HeadNorm(string x, string name, int heads)
    {
        // A zero keeps the extent of the input: [B, S, heads * dim] to [B, S, heads, dim] and back.
        string split = _graph.Constant(name + ".split", OnnxTensor.Int64(0, 0, heads, _config.HeadDim));
        string joined = _graph.Constant(name + ".joined", OnnxTensor.Int64(0, 0, heads * _config.HeadDim));
        string normed = Norm(_graph.Node("Reshape", [x, split], name + ".heads"), name);
        return _graph.Node("Reshape", [normed, joined], name + ".flat");
    }

    /// <summary>Emits a result under its name, through a cast where the graph computes in half precision.</summary>
    private void Result(string name, Func<string, string> emit)
    {
        if (_type == DataType.Float)
            emit(name);
        else
            _graph.Node("Cast", [emit(name + ".half")], name, "", Attribute("to", (long)DataType.Float));
    }

    private string Constant(string name)
    {
        TensorSpec spec = _layout[name];
        return _graph.Constant(name, OnnxTensor.Floats(_type, Read(spec), [.. spec.Shape.Select(d => (long)d)]));
    }

    private float[] Read(TensorSpec spec)
    {
        float[] values = new float[spec.Elements];
        _weights.Read(spec, values);
        return values;
    }
}
