using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests;

/// <summary>Random weights, with one bad number near the end of one tensor.</summary>
internal sealed class SpoiledWeights(string tensor, float bad) : IWeights
{
    private readonly NoisyWeights _weights = new(4);

    public void Read(TensorSpec spec, Span<float> destination)
    {
        _weights.Read(spec, destination);
        if (spec.Name == tensor)
            destination[^2] = bad;
    }
}
