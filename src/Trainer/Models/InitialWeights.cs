using InferenceServer.Modeling;

namespace InferenceServer.Trainer.Models;

/// <summary>
/// Weights to start training from: Gaussian of deviation 0.02, smaller by the square root of twice the depth where a layer writes into the residual stream
/// (GPT-2), and scaled to the input's width in the value head, which is not normalised. The same seed gives the same weights.
/// </summary>
public sealed class InitialWeights(ModelConfig config, int seed) : IWeights
{
    private const float Deviation = 0.02f;
    private readonly RandomWeights _gaussian = new(seed, Deviation);

    public void Read(TensorSpec tensor, Span<float> destination)
    {
        _gaussian.Read(tensor, destination);
        float scale = 1;
        if (tensor.Name.EndsWith("o_proj.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("down_proj.weight", StringComparison.Ordinal))
            scale = 1 / MathF.Sqrt(2 * config.Layers);
        else if (tensor.Name.EndsWith(".bias", StringComparison.Ordinal))
            scale = 0;
        else if (tensor.Name is ModelLayout.ValueHidden or ModelLayout.ValueFeatures or ModelLayout.ValueOutput)
            scale = 1 / MathF.Sqrt(tensor.Shape[1]) / Deviation;
        foreach (ref float value in destination)
            value *= scale;
    }
}
