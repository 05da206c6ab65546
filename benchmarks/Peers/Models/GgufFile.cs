using System.Runtime.InteropServices;
using System.Text;
using InferenceServer.Modeling;
using InferenceServer.Workloads;

namespace InferenceServer.Peers.Models;

/// <summary>
/// The same weights as a GGUF file of the Llama architecture, for llama.cpp. It is for timing: the rows of query and key are left in our order, where
/// llama.cpp expects pairs of a rotation side by side, so its logits are not ours.
/// </summary>
internal static class GgufFile
{
    private const int Alignment = 32;

    /// <summary>Value types of the header's key-value pairs.</summary>
    private enum ValueType : uint { UInt32 = 4, Int32 = 5, Float32 = 6, String = 8, Array = 9 }

    public static string Write(ModelShape shape, GgufType type)
    {
        string path = Path.Combine(ModelShape.Folder, $"{shape.Name}-{type.ToString().ToLowerInvariant()}.gguf");
        if (File.Exists(path))
            return path;
        Directory.CreateDirectory(ModelShape.Folder);
        var tensors = ModelLayout.For(shape.Config).Tensors;
        string partial = path + ".partial";
        using (var writer = new BinaryWriter(File.Create(partial)))
        {
            var pairs = Pairs(shape.Config, type).ToList();
            writer.Write("GGUF"u8);
            writer.Write(3u);
            writer.Write((ulong)tensors.Count);
            writer.Write((ulong)pairs.Count);
            foreach (var (key, value) in pairs)
            {
                Text(writer, key);
                Value(writer, value);
            }
            ulong offset = 0;
            foreach (var tensor in tensors)
            {
                var stored = Stored(tensor, type);
                Text(writer, Name(tensor.Name));
                writer.Write((uint)tensor.Shape.Length);
                foreach (int extent in tensor.Shape.Reverse())       // fastest first
                    writer.Write((ulong)extent);
                writer.Write((uint)stored);
                writer.Write(offset);
                offset += Padded((ulong)stored.Bytes(tensor.Elements));
            }
            Pad(writer);
            foreach (var tensor in tensors)
            {
                var weights = new float[tensor.Elements];
                ModelShape.Weights.Read(tensor, weights);
                Stored(tensor, type).Write(writer, weights);
                Pad(writer);
            }
        }
        File.Move(partial, path);
        return path;
    }

    /// <summary>Norms stay in single precision, as llama.cpp's own converter leaves them.</summary>
    private static GgufType Stored(TensorSpec tensor, GgufType type) => tensor.Shape.Length == 1 ? GgufType.F32 : type;

    private static IEnumerable<(string Key, object Value)> Pairs(ModelConfig config, GgufType type)
    {
        yield return ("general.architecture", "llama");
        yield return ("general.name", "random");
        yield return ("general.file_type", type switch { GgufType.Q8_0 => 7u, GgufType.Q4_0 => 2u, _ => 0u });
        yield return ("llama.context_length", (uint)config.ContextLength);
        yield return ("llama.embedding_length", (uint)config.HiddenSize);
        yield return ("llama.block_count", (uint)config.Layers);
        yield return ("llama.feed_forward_length", (uint)config.IntermediateSize);
        yield return ("llama.attention.head_count", (uint)config.Heads);
        yield return ("llama.attention.head_count_kv", (uint)config.KeyValueHeads);
        yield return ("llama.attention.layer_norm_rms_epsilon", config.RmsNormEps);
        yield return ("llama.rope.dimension_count", (uint)config.HeadDim);
        yield return ("llama.rope.freq_base", config.RopeTheta);
        yield return ("llama.vocab_size", (uint)config.VocabSize);
        string[] special = ["<unk>", "<s>", "</s>"];
        string[] tokens = [.. special, .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), .. Enumerable.Range(0, config.VocabSize - 259).Select(i => $"t{i}")];
        yield return ("tokenizer.ggml.model", "llama");
        yield return ("tokenizer.ggml.tokens", tokens);
        yield return ("tokenizer.ggml.scores", new float[config.VocabSize]);
        yield return ("tokenizer.ggml.token_type", Enumerable.Range(0, config.VocabSize).Select(i => i switch { 0 => 2, < 3 => 3, < 259 => 6, _ => 1 }).ToArray());
        yield return ("tokenizer.ggml.unknown_token_id", 0u);
        yield return ("tokenizer.ggml.bos_token_id", 1u);
        yield return ("tokenizer.ggml.eos_token_id", 2u);
    }

    private static string Name(string ours)
    {
        if (ours == ModelLayout.Embedding)
            return "token_embd.weight";
        if (ours == ModelLayout.FinalNorm)
            return "output_norm.weight";
        if (ours == ModelLayout.OutputProjection)
            return "output.weight";
        string[] parts = ours.Split('.');                             // model.layers.{l}.{block}.{name}.weight, or without a name for a norm
        string name = string.Join('.', parts[3..^1]) switch
        {
            "input_layernorm" => "attn_norm",
            "self_attn.q_proj" => "attn_q",
            "self_attn.k_proj" => "attn_k",
            "self_attn.v_proj" => "attn_v",
            "self_attn.o_proj" => "attn_output",
            "post_attention_layernorm" => "ffn_norm",
            "mlp.gate_proj" => "ffn_gate",
            "mlp.up_proj" => "ffn_up",
            "mlp.down_proj" => "ffn_down",
            var other => throw new NotSupportedException($"No GGUF name is known for {other}."),
        };
        return $"blk.{parts[2]}.{name}.weight";
    }

    private static void Value(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number: writer.Write((uint)ValueType.UInt32); writer.Write(number); break;
            case float number: writer.Write((uint)ValueType.Float32); writer.Write(number); break;
            case string text: writer.Write((uint)ValueType.String); Text(writer, text); break;
            case string[] texts: Array(writer, ValueType.String, texts.Length); foreach (string text in texts) Text(writer, text); break;
            case float[] numbers: Array(writer, ValueType.Float32, numbers.Length); writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan())); break;
            case int[] numbers: Array(writer, ValueType.Int32, numbers.Length); writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan())); break;
            default: throw new NotSupportedException($"A GGUF value of type {value.GetType()} is never written here.");
        }
    }

    private static void Array(BinaryWriter writer, ValueType type, int length)
    {
        writer.Write((uint)ValueType.Array);
        writer.Write((uint)type);
        writer.Write((ulong)length);
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static ulong Padded(ulong bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        writer.Write(new byte[(int)(Padded((ulong)writer.BaseStream.Position) - (ulong)writer.BaseStream.Position)]);
    }
}
