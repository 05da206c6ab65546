using TorchSharp;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Optimizers;

/// <summary>Numbers of AdamW.</summary>
public sealed record AdamWOptions
{
    public double Beta1 { get; init; } = 0.9;
    public double Beta2 { get; init; } = 0.98;
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled; matrices only, norms and biases do not decay.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Gradients are scaled down to this global norm when they exceed it.</summary>
    public double ClipNorm { get; init; } = 1;
}

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv:1711.05101) over named parameters. Written out, rather than TorchSharp's, so that its two moments are ordinary named
/// tensors that a checkpoint holds beside the weights, which resuming bit for bit needs.
/// </summary>
public sealed class AdamW : IOptimizer
{
    private readonly AdamWOptions _options;
    private readonly IReadOnlyDictionary<string, Tensor> _parameters;

    /// <summary>Running mean of the gradient, by parameter name.</summary>
    public Dictionary<string, Tensor> FirstMoments { get; } = [];

    /// <summary>Running mean of the squared gradient, by parameter name.</summary>
    public Dictionary<string, Tensor> SecondMoments { get; } = [];

    public AdamW(IReadOnlyDictionary<string, Tensor> parameters, AdamWOptions options)
    {
        _options = options;
        _parameters = parameters;
        foreach (var (name, parameter) in parameters)
        {
            FirstMoments[name] = zeros_like(parameter).DetachFromDisposeScope();
            SecondMoments[name] = zeros_like(parameter).DetachFromDisposeScope();
        }
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State => FirstMoments.Select(m => KeyValuePair.Create("first_moment." + m.Key, m.Value))
        .Concat(SecondMoments.Select(m => KeyValuePair.Create("second_moment." + m.Key, m.Value)));

    public void Step(long step, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double correction1 = 1 - Math.Pow(_options.Beta1, step), correction2 = 1 - Math.Pow(_options.Beta2, step);
        // TorchSharp lets the collector free a number's native twin while the call that reads it runs; these are kept until all calls are done.
        using Scalar keep1 = _options.Beta1, add1 = 1 - _options.Beta1, keep2 = _options.Beta2, add2 = 1 - _options.Beta2, decay = 1 - learningRate * _options.WeightDecay,
            bias2 = correction2, epsilon = _options.Epsilon, rate = -learningRate / correction1;
        foreach (var (name, parameter) in _parameters)
        {
            if (parameter.grad is not { } gradient)
                continue;
            Tensor m = FirstMoments[name], v = SecondMoments[name];
            m.mul_(keep1).add_(gradient, add1);
            v.mul_(keep2).addcmul_(gradient, gradient, add2);
            if (parameter.dim() > 1)
                parameter.mul_(decay);
            parameter.addcdiv_(m, (v / bias2).sqrt_().add_(epsilon), rate);
            gradient.zero_();
        }
    }

    public void Dispose()
    {
        foreach (var moment in FirstMoments.Values.Concat(SecondMoments.Values))
            moment.Dispose();
    }
}
