using InferenceServer.Modeling;
using InferenceServer.Modeling.Rewards;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceServer.Engine.Decoding;

/// <summary>
/// The shape of a decoder graph, read from the session's inputs and outputs. In: <c>input_ids</c> [B, S], <c>seqlens_k</c> [B], <c>total_sequence_length</c> [1],
/// <c>logit_indices</c> [R], <c>past_key_values.{l}.key|value</c> [B, kv, C, hd]. Out: <c>logits</c> [R, V], <c>value</c> [R, 1] if there is a value head, or
/// <c>value_hidden</c> [R, W] and the rest of the head in the graph's metadata, <c>present.{l}.key|value</c>.
/// </summary>
internal sealed record GraphContract(int Layers, int KeyValueHeads, int HeadDim, int VocabSize, TensorElementType KvType, bool HasValue, FeatureValueHead? ValueHead)
{
    public int KvElementBytes => KvType == TensorElementType.Float16 ? 2 : 4;

    /// <exception cref="ModelFormatException">The graph has other inputs or outputs.</exception>
    public static GraphContract Read(InferenceSession session, string source)
    {
        foreach (string input in (ReadOnlySpan<string>)["input_ids", "seqlens_k", "total_sequence_length", "logit_indices", "past_key_values.0.key", "past_key_values.0.value"])
            if (!session.InputMetadata.ContainsKey(input))
                throw new ModelFormatException(
                    $"{source}: the graph has no input '{input}', so it was not written by this project's exporter. Put model.safetensors beside config.json and remove model.onnx: the graph is then built from the weights.");
        if (!session.OutputMetadata.TryGetValue("logits", out var logits) || logits.Dimensions.Length != 2)
            throw new ModelFormatException($"{source}: the graph has no output 'logits' of shape [rows, vocabulary].");
        var key = session.InputMetadata["past_key_values.0.key"];
        if (key.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            throw new ModelFormatException($"{source}: keys and values are {key.ElementDataType}; supported are 32-bit and 16-bit floats.");
        bool hasHidden = session.OutputMetadata.TryGetValue("value_hidden", out var hidden);
        var head = hasHidden ? FeatureValueHead.FromMetadata(session.ModelMetadata.CustomMetadataMap, source) : null;
        if (head is not null && hidden!.Dimensions[^1] != head.Width)
            throw new ModelFormatException($"{source}: the value head is {head.Width} wide in the graph's metadata and {hidden.Dimensions[^1]} in the graph. Export the model again.");
        return new(
            session.InputMetadata.Keys.Count(name => name.StartsWith("past_key_values.", StringComparison.Ordinal) && name.EndsWith(".key", StringComparison.Ordinal)),
            key.Dimensions[1], key.Dimensions[3], logits.Dimensions[1], key.ElementDataType, hasHidden || session.OutputMetadata.ContainsKey("value"), head);
    }
}
