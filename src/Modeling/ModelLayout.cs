using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Modeling;

/// <summary>One weight: its name (Hugging Face's) and its shape, row-major; a linear layer is [out, in].</summary>
public sealed record TensorSpec(string Name, params int[] Shape)
{
    public long Elements => Shape.Aggregate(1L, (product, dim) => product * dim);
}

/// <summary>
/// The weights that a <see cref="ModelConfig"/> implies, in file order. The trainer creates its parameters from it, the graph reads its initializers
/// by it, and a weights file is checked against it.
/// </summary>
public sealed class ModelLayout
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string OutputProjection = "lm_head.weight";
    public const string ValueHidden = "value_head.hidden.weight";
    public const string ValueHiddenBias = "value_head.hidden.bias";
    public const string ValueFeatures = "value_head.features.weight";
    public const string ValueOutput = "value_head.output.weight";
    public const string ValueOutputBias = "value_head.output.bias";

    public IReadOnlyList<TensorSpec> Tensors { get; }

    private ModelLayout(IReadOnlyList<TensorSpec> tensors) => Tensors = tensors;

    public static ModelLayout For(ModelConfig config) => new([.. Enumerate(config)]);

    private static IEnumerable<TensorSpec> Enumerate(ModelConfig c)
    {
        int queries = c.Heads * c.HeadDim, keys = c.KeyValueHeads * c.HeadDim;
        yield return new(Embedding, c.VocabSize, c.HiddenSize);
        for (int l = 0; l < c.Layers; l++)
        {
            var layer = new Layer(l);
            yield return new(layer.AttentionNorm, c.HiddenSize);
            yield return new(layer.Query, queries, c.HiddenSize);
            yield return new(layer.Key, keys, c.HiddenSize);
            yield return new(layer.Value, keys, c.HiddenSize);
            if (c.QkvBias)
            {
                yield return new(layer.QueryBias, queries);
                yield return new(layer.KeyBias, keys);
                yield return new(layer.ValueBias, keys);
            }
            if (c.QkNorm)
            {
                yield return new(layer.QueryNorm, c.HeadDim);
                yield return new(layer.KeyNorm, c.HeadDim);
            }
            yield return new(layer.Output, c.HiddenSize, queries);
            yield return new(layer.MlpNorm, c.HiddenSize);
            yield return new(layer.Gate, c.IntermediateSize, c.HiddenSize);
            yield return new(layer.Up, c.IntermediateSize, c.HiddenSize);
            yield return new(layer.Down, c.HiddenSize, c.IntermediateSize);
        }
        yield return new(FinalNorm, c.HiddenSize);
        if (!c.TiedEmbeddings)
            yield return new(OutputProjection, c.VocabSize, c.HiddenSize);
        if (c.ValueHeadSize is int width)
        {
            yield return new(ValueHidden, width, c.HiddenSize);
            yield return new(ValueHiddenBias, width);
            if (c.ValueFeatures is not null)
                yield return new(ValueFeatures, width, RewardFeatures.Count);
            yield return new(ValueOutput, 1, width);
            yield return new(ValueOutputBias, 1);
        }
    }

    /// <summary>The names of one layer's weights.</summary>
    public readonly record struct Layer(int Index)
    {
        private const string Prefix = "model.layers.";

        /// <summary>Whether the weight is of some layer, not of what stands before and after them.</summary>
        public static bool Has(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

        private string At(string name) => $"{Prefix}{Index}.{name}";
        public string AttentionNorm => At("input_layernorm.weight");
        public string Query => At("self_attn.q_proj.weight");
        public string Key => At("self_attn.k_proj.weight");
        public string Value => At("self_attn.v_proj.weight");
        public string QueryBias => At("self_attn.q_proj.bias");
        public string KeyBias => At("self_attn.k_proj.bias");
        public string ValueBias => At("self_attn.v_proj.bias");
        public string QueryNorm => At("self_attn.q_norm.weight");
        public string KeyNorm => At("self_attn.k_norm.weight");
        public string Output => At("self_attn.o_proj.weight");
        public string MlpNorm => At("post_attention_layernorm.weight");
        public string Gate => At("mlp.gate_proj.weight");
        public string Up => At("mlp.up_proj.weight");
        public string Down => At("mlp.down_proj.weight");
    }
}
