using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class UpperSetAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static (int Count, float Mass) Of(ReadOnlySpan<float> weights, float threshold)
    {
        var limit = Vector512.Create(threshold);
        var lanes = Vector512<float>.Zero;
        int count = 0, i = 0;
        fixed (float* input = weights)
        {
            for (; i + Lanes.Width <= weights.Length; i += Lanes.Width)
                Add(Vector512.Load(input + i), limit, ref count, ref lanes);
            if (i < weights.Length)
                Add(Lanes.Tail512(input + i, weights.Length - i, -1f), limit, ref count, ref lanes);
        }
        return (count, Lanes.Sum(lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<float> weight, Vector512<float> limit, ref int count, ref Vector512<float> lanes)
    {
        var reaches = Vector512.GreaterThanOrEqual(weight, limit);
        count += BitOperations.PopCount(reaches.ExtractMostSignificantBits());
        lanes += weight & reaches;
    }
}
