using TorchSharp;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Optimizers;

/// <summary>Scales all gradients down together when their global norm exceeds a bound (Pascanu and others, arXiv:1211.5063).</summary>
public static class GradientClipping
{
    /// <returns>The global norm before clipping.</returns>
    public static double Clip(IEnumerable<Tensor> parameters, double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor[] gradients = [.. parameters.Where(p => p.grad is not null).Select(p => p.grad!)];
        double norm = Math.Sqrt(stack([.. gradients.Select(g => g.norm().square())]).sum().item<float>());
        using Scalar scale = maxNorm / norm;
        if (norm > maxNorm)
            foreach (var gradient in gradients)
                gradient.mul_(scale);
        return norm;
    }
}
