using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class UpperSetScalar
{
    [MethodImpl(Lanes.Loop)]
    public static (int Count, float Mass) Of(ReadOnlySpan<float> weights, float threshold)
    {
        int count = 0;
        Span<float> lanes = stackalloc float[Lanes.Width];
        lanes.Clear();
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] >= threshold)
            {
                count++;
                lanes[i % Lanes.Width] += weights[i];
            }
        }
        return (count, Lanes.Sum(lanes));
    }
}
