using InferenceServer.Modeling;

namespace InferenceServer.Shared;

/// <summary>Random weights in which norms and biases differ from their neutral 1 and 0 too, so that leaving one out shows.</summary>
public sealed class NoisyWeights(int seed, float deviation = 0.15f) : IWeights
{
    private readonly RandomWeights _random = new(seed, deviation);

    public void Read(TensorSpec tensor, Span<float> destination)
    {
        // Another name keeps RandomWeights from recognising a norm.
        _random.Read(new TensorSpec(tensor.Name + ".noise", tensor.Shape), destination);
        if (tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal))
            foreach (ref float weight in destination)
                weight += 1;
    }
}
