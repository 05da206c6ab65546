using TorchSharp;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Optimizers;

/// <summary>Numbers of Muon.</summary>
public sealed record MuonOptions
{
    public double Momentum { get; init; } = 0.95;

    /// <summary>Decoupled, as in AdamW.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Root mean square of an update's entries at learning rate 1: AdamW's own is about this, so that both take one learning rate.</summary>
    public double UpdateScale { get; init; } = 0.2;
}

/// <summary>
/// Momentum, orthogonalized: the step of a matrix is the nearest matrix to its momentum all of whose singular values are 1, so that rare directions learn as fast as
/// common ones. With the scale that lets it share AdamW's learning rate (arXiv:2502.16982). For the matrices within the layers; AdamW moves the embedding and the norms.
/// </summary>
/// <remarks>By operations about two fifths of forward and backward of 2,400 tokens at width 256; the products are of one size and run faster. Half of AdamW's memory.</remarks>
public sealed class Muon : IOptimizer
{
    // Quintic iteration of Newton and Schulz: its coefficients give steepness at 0 rather than convergence, singular values end between about 0.7 and 1.2.
    private const int Iterations = 5;
    private const double A = 3.4445, B = -4.7750, C = 2.0315;

    private readonly MuonOptions _options;
    private readonly IReadOnlyDictionary<string, Tensor> _matrices;
    private readonly Dictionary<string, Tensor> _momenta = [];

    /// <param name="matrices">Parameters of two dimensions.</param>
    public Muon(IReadOnlyDictionary<string, Tensor> matrices, MuonOptions options)
    {
        _options = options;
        _matrices = matrices;
        foreach (var (name, matrix) in matrices)
            _momenta[name] = zeros_like(matrix).DetachFromDisposeScope();
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State => _momenta.Select(m => KeyValuePair.Create("momentum." + m.Key, m.Value));

    public void Step(long step, double learningRate)
    {
        using var noGrad = no_grad();
        using Scalar keep = _options.Momentum, decay = 1 - learningRate * _options.WeightDecay;
        foreach (var (name, matrix) in _matrices)
        {
            if (matrix.grad is not { } gradient)
                continue;
            using var scope = NewDisposeScope();
            var momentum = _momenta[name];
            momentum.mul_(keep).add_(gradient);
            // Nesterov's: as if the next momentum were known.
            var direction = Orthogonalize(gradient.add(momentum, keep));
            using Scalar rate = -learningRate * _options.UpdateScale * Math.Sqrt(Math.Max(matrix.shape[0], matrix.shape[1]));
            matrix.mul_(decay).add_(direction, rate);
            gradient.zero_();
        }
    }

    /// <summary>About the orthogonal factor UV' of the matrix USV', in its shape.</summary>
    public static Tensor Orthogonalize(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        using Scalar a = A, b = B, c = C, floor = 1e-7;
        // On the short side, where the products are small. bfloat16 does: errors of the direction are averaged away by the momentum.
        bool tall = matrix.shape[0] > matrix.shape[1];
        var x = (tall ? matrix.t() : matrix) / (matrix.norm() + floor);
        x = x.to(ScalarType.BFloat16);
        for (int i = 0; i < Iterations; i++)
        {
            var gram = x.matmul(x.t());
            x = x * a + (gram * b + gram.matmul(gram) * c).matmul(x);
        }
        return (tall ? x.t() : x).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var momentum in _momenta.Values)
            momentum.Dispose();
    }
}
