using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class BetweenScalar
{
    [MethodImpl(Lanes.Loop)]
    public static int Gather(ReadOnlySpan<float> weights, float low, float high, Span<float> destination)
    {
        int count = 0;
        foreach (float weight in weights)
            if (weight >= low && weight < high)
                destination[count++] = weight;
        return count;
    }
}
