using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class UpperSetAvx2
{
    [MethodImpl(Lanes.Loop)]
    public static (int Count, float Mass) Of(ReadOnlySpan<float> weights, float threshold)
    {
        const int half = Lanes.Width / 2;
        var limit = Vector256.Create(threshold);
        var (low, high) = (Vector256<float>.Zero, Vector256<float>.Zero);
        int count = 0, i = 0;
        fixed (float* input = weights)
        {
            for (; i + Lanes.Width <= weights.Length; i += Lanes.Width)
            {
                Add(Vector256.Load(input + i), limit, ref count, ref low);
                Add(Vector256.Load(input + i + half), limit, ref count, ref high);
            }
            if (i < weights.Length)
            {
                Add(Lanes.Tail256(input + i, weights.Length - i, -1f), limit, ref count, ref low);
                Add(Lanes.Tail256(input + i + half, weights.Length - i - half, -1f), limit, ref count, ref high);
            }
        }
        return (count, Lanes.Sum(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<float> weight, Vector256<float> limit, ref int count, ref Vector256<float> lanes)
    {
        var reaches = Vector256.GreaterThanOrEqual(weight, limit);
        count += BitOperations.PopCount(reaches.ExtractMostSignificantBits());
        lanes += weight & reaches;
    }
}
