using InferenceServer.Modeling;
using InferenceServer.Modeling.Rewards;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Models;

/// <summary>
/// The decoder that a <see cref="ModelConfig"/> describes, in TorchSharp. Parameters carry <see cref="ModelLayout"/>'s names and are kept in fp32; matrix
/// products run in <see cref="Precision"/>. Shape letters: B sequences, T tokens, D hidden, K key/value heads, G queries per such head, H head width, V vocabulary.
/// </summary>
/// <remarks>
/// TorchSharp has no autocast, so weights and activations are cast at each product; gradients come back in fp32 through the cast. Residual stream, norms and
/// losses stay in fp32. Attention is written out: the fused kernel's backward is far slower in bf16 on a CPU than these three products.
/// </remarks>
public sealed class TorchTransformer : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters = [];
    private readonly RotaryTable _rotary;
    private readonly Tensor _future;

    public ModelConfig Config { get; }

    /// <summary>What matrix products run in: <c>float32</c>, or <c>bfloat16</c> faster on CPUs that have it.</summary>
    public ScalarType Precision { get; set; } = ScalarType.Float32;

    /// <summary>By name, in the layout's order.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    public TorchTransformer(ModelConfig config, IWeights weights)
    {
        config.Validate();
        Config = config;
        foreach (var spec in ModelLayout.For(config).Tensors)
        {
            float[] values = new float[spec.Elements];
            weights.Read(spec, values);
            _parameters[spec.Name] = tensor(values, [.. spec.Shape.Select(dim => (long)dim)]).requires_grad_().DetachFromDisposeScope();
        }
        _rotary = new RotaryTable(config);
        // Minus infinity above the diagonal.
        _future = full(config.ContextLength, config.ContextLength, float.NegativeInfinity).triu(1).DetachFromDisposeScope();
    }

    /// <summary>The final norm's output [B,T,D] of right-padded <paramref name="ids"/>; padding changes nothing on its left.</summary>
    public Tensor Hidden(Tensor ids)
    {
        long batch = ids.shape[0], length = ids.shape[1];
        var x_BTD = this[ModelLayout.Embedding].index_select(0, ids.reshape(-1)).view(batch, length, Config.HiddenSize);
        var (cos, sin) = _rotary.Range(length);
        var mask = _future[..(int)length, ..(int)length].to(Precision);
        for (int l = 0; l < Config.Layers; l++)
        {
            var names = new ModelLayout.Layer(l);
            x_BTD += Attention(Norm(x_BTD, names.AttentionNorm), names, cos, sin, mask);
            x_BTD += FeedForward(Norm(x_BTD, names.MlpNorm), names);
        }
        return Norm(x_BTD, ModelLayout.FinalNorm);
    }

    /// <summary>Logits [...,V] in fp32 of the final norm's output [...,D].</summary>
    public Tensor Logits(Tensor hidden) =>
        Linear(hidden, this[Config.TiedEmbeddings ? ModelLayout.Embedding : ModelLayout.OutputProjection]).to(ScalarType.Float32);

    /// <summary>The value head's score before the sigmoid [N] of the final norm's output [N,D]; fp32, since it is small and steers decisions.</summary>
    /// <param name="hidden">The final norm's output.</param>
    /// <param name="features"><see cref="RewardFeatures"/> of the same positions [N,F]; for a head that takes them.</param>
    /// <exception cref="InvalidOperationException">The model has no value head, or the features are there without need, or are not.</exception>
    public Tensor ValueLogit(Tensor hidden, Tensor? features = null)
    {
        if (Config.ValueHeadSize is null)
            throw new InvalidOperationException("The model has no value head: its config.json has no value_head_size.");
        if (features is null != Config.ValueFeatures is null)
            throw new InvalidOperationException($"The model's value head takes {(features is null ? "features, and there are none" : "no features")}.");
        var inner = nn.functional.linear(hidden, this[ModelLayout.ValueHidden], this[ModelLayout.ValueHiddenBias]);
        if (features is not null)
            inner += nn.functional.linear(features, this[ModelLayout.ValueFeatures]);
        return nn.functional.linear(inner.relu(), this[ModelLayout.ValueOutput], this[ModelLayout.ValueOutputBias]).squeeze(-1);
    }

    private Tensor this[string name] => _parameters[name];

    private Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) =>
        nn.functional.linear(x.to(Precision), weight.to(Precision), bias?.to(Precision));

    private Tensor Attention(Tensor x_BTD, ModelLayout.Layer names, Tensor cos, Tensor sin, Tensor mask)
    {
        long batch = x_BTD.shape[0], length = x_BTD.shape[1], kv = Config.KeyValueHeads, group = Config.Heads / kv, width = Config.HeadDim;
        // One product for queries, keys and values: the same arithmetic, fewer passes over x.
        var weight = cat([this[names.Query], this[names.Key], this[names.Value]]);
        var bias = Config.QkvBias ? cat([this[names.QueryBias], this[names.KeyBias], this[names.ValueBias]]) : null;
        var parts = Linear(x_BTD, weight, bias).split([kv * group * width, kv * width, kv * width], -1);
        var q_BTNH = parts[0].view(batch, length, kv * group, width);
        var k_BTKH = parts[1].view(batch, length, kv, width);
        if (Config.QkNorm)
        {
            q_BTNH = Norm(q_BTNH.to(ScalarType.Float32), names.QueryNorm).to(Precision);
            k_BTKH = Norm(k_BTKH.to(ScalarType.Float32), names.KeyNorm).to(Precision);
        }
        q_BTNH = RotaryTable.Rotate(q_BTNH, cos, sin);
        var k_BKTH = RotaryTable.Rotate(k_BTKH, cos, sin).transpose(1, 2);
        var v_BKTH = parts[2].view(batch, length, kv, width).transpose(1, 2);

        // The queries of a group share their keys: G*T rows against one set of keys, which need not be repeated.
        var q_BKRH = q_BTNH.view(batch, length, kv, group, width).permute(0, 2, 3, 1, 4).reshape(batch, kv, group * length, width);
        var scores = q_BKRH.matmul(k_BKTH.transpose(2, 3)).view(batch, kv, group, length, -1) * (1 / Math.Sqrt(width));
        var weights = (scores + mask).softmax(-1).view(batch, kv, group * length, -1);
        var mixed = weights.matmul(v_BKTH).view(batch, kv, group, length, width).permute(0, 3, 1, 2, 4).reshape(batch, length, kv * group * width);
        return Linear(mixed, this[names.Output]);
    }

    private Tensor FeedForward(Tensor x_BTD, ModelLayout.Layer names)
    {
        var gateAndUp = Linear(x_BTD, cat([this[names.Gate], this[names.Up]])).chunk(2, -1);
        return Linear(nn.functional.silu(gateAndUp[0]) * gateAndUp[1], this[names.Down]);
    }

    // By way of the 2-norm: cheaper than squaring, averaging and taking the root one by one.
    private Tensor Norm(Tensor x, string name)
    {
        var meanSquare = x.norm(-1, true, 2).square() / x.shape[^1];
        return x * (meanSquare + Config.RmsNormEps).rsqrt() * this[name];
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters.Values)
            parameter.Dispose();
        _rotary.Dispose();
        _future.Dispose();
    }
}
