using System.Text.Json;
using Google.Protobuf;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx.Proto;
using InferenceServer.Workloads;
using static InferenceServer.Modeling.Onnx.Proto.AttributeProto.Types;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Peers.Models;

/// <summary>
/// Our graph with the inputs that ONNX Runtime GenAI feeds: an attention mask in place of the lengths, and logits [B, S, V] of every position in place of the
/// asked ones. It is written beside our file and reads the same weights.
/// </summary>
internal static class GenAiFolder
{
    private const string FileName = "genai.onnx";

    /// <returns>The folder, with genai_config.json in it.</returns>
    public static string Write(ModelShape shape, WeightFormat format)
    {
        string path = shape.OnnxPath(format), folder = Path.GetDirectoryName(path)!;
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        FeedFromMask(model.Graph);
        GiveEveryPosition(model.Graph, shape.Config.VocabSize);
        File.WriteAllBytes(Path.Combine(folder, FileName), model.ToByteArray());
        File.WriteAllText(Path.Combine(folder, "genai_config.json"), Config(shape.Config));
        return folder;
    }

    /// <summary>seqlens_k is the mask's row sum less one, total_sequence_length its width: what GenAI's own exporter emits.</summary>
    private static void FeedFromMask(GraphProto graph)
    {
        foreach (string name in (ReadOnlySpan<string>)["seqlens_k", "total_sequence_length", "logit_indices"])
            graph.Input.Remove(graph.Input.Single(i => i.Name == name));
        var mask = new TypeProto.Types.Tensor { ElemType = (int)DataType.Int64, Shape = new TensorShapeProto() };
        mask.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        mask.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "total" });
        graph.Input.Add(new ValueInfoProto { Name = "attention_mask", Type = new TypeProto { TensorType = mask } });
        Int64(graph, "mask.axis", 1);
        Prepend(graph,
            Node("ReduceSum", ["attention_mask", "mask.axis"], "mask.sum", Attribute("keepdims", 0)),
            Node("Sub", ["mask.sum", "mask.axis"], "mask.last"),
            Node("Cast", ["mask.last"], "seqlens_k", Attribute("to", (long)DataType.Int32)),
            Node("Shape", ["attention_mask"], "mask.shape"),
            Node("Gather", ["mask.shape", "mask.axis"], "mask.width", Attribute("axis", 0)),
            Node("Cast", ["mask.width"], "total_sequence_length", Attribute("to", (long)DataType.Int32)));
    }

    private static void GiveEveryPosition(GraphProto graph, int vocabulary)
    {
        var choice = graph.Node.Single(n => n.Input.Contains("logit_indices"));
        choice.OpType = "Identity";
        choice.Input.Remove("logit_indices");
        choice.Attribute.Clear();

        var head = graph.Node.Single(n => n.Output.Contains("logits"));
        head.Output[head.Output.IndexOf("logits")] = "logits.flat";
        Int64(graph, "vocabulary", vocabulary);
        graph.Node.Add(Node("Shape", ["input_ids"], "ids.shape"));
        graph.Node.Add(Node("Concat", ["ids.shape", "vocabulary"], "logits.shape", Attribute("axis", 0)));
        graph.Node.Add(Node("Reshape", ["logits.flat", "logits.shape"], "logits"));
        var shape = graph.Output.Single(o => o.Name == "logits").Type.TensorType.Shape;
        shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "batch" };
        shape.Dim.Insert(1, new TensorShapeProto.Types.Dimension { DimParam = "tokens" });
    }

    private static NodeProto Node(string op, string[] inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { Name = $"{output}/{op}", OpType = op };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    private static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    private static void Int64(GraphProto graph, string name, long value)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Int64, RawData = ByteString.CopyFrom(BitConverter.GetBytes(value)) };
        tensor.Dims.Add(1);
        graph.Initializer.Add(tensor);
    }

    private static void Prepend(GraphProto graph, params NodeProto[] nodes)
    {
        for (int i = 0; i < nodes.Length; i++)
            graph.Node.Insert(i, nodes[i]);
    }

    private static string Config(ModelConfig config) => JsonSerializer.Serialize(new
    {
        model = new
        {
            type = "llama",
            bos_token_id = 1,
            eos_token_id = 2,
            pad_token_id = 0,
            context_length = config.ContextLength,
            vocab_size = config.VocabSize,
            decoder = new
            {
                session_options = new { log_id = "genai", provider_options = Array.Empty<object>(), inter_op_num_threads = 1 },
                filename = FileName,
                head_size = config.HeadDim,
                hidden_size = config.HiddenSize,
                num_attention_heads = config.Heads,
                num_hidden_layers = config.Layers,
                num_key_value_heads = config.KeyValueHeads,
                inputs = new { input_ids = "input_ids", attention_mask = "attention_mask", past_key_names = "past_key_values.%d.key", past_value_names = "past_key_values.%d.value" },
                outputs = new { logits = "logits", present_key_names = "present.%d.key", present_value_names = "present.%d.value" },
            },
        },
        search = new { do_sample = false, max_length = config.ContextLength, min_length = 0, num_beams = 1, num_return_sequences = 1, past_present_share_buffer = true, temperature = 1.0, top_k = 50, top_p = 1.0 },
    });
}
