using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class LogSoftmaxAvx2
{
    [MethodImpl(Lanes.Loop)]
    public static SoftmaxMoments Moments(ReadOnlySpan<float> row, float max)
    {
        const int half = Lanes.Width / 2;
        double sum = 0, weightedSum = 0;
        var maximum = Vector256.Create(max);
        fixed (float* logits = row)
        {
            for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
            {
                var (low, high, weightedLow, weightedHigh) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                int i = tile, end = Math.Min(tile + Lanes.Tile, row.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                {
                    Add(Vector256.Load(logits + i) - maximum, ref low, ref weightedLow);
                    Add(Vector256.Load(logits + i + half) - maximum, ref high, ref weightedHigh);
                }
                if (i < end)
                {
                    Add(Lanes.Tail256(logits + i, end - i, float.NegativeInfinity) - maximum, ref low, ref weightedLow);
                    Add(Lanes.Tail256(logits + i + half, end - i - half, float.NegativeInfinity) - maximum, ref high, ref weightedHigh);
                }
                sum += Lanes.Sum(low, high);
                weightedSum += Lanes.Sum(weightedLow, weightedHigh);
            }
        }
        return new SoftmaxMoments(max, sum, weightedSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<float> difference, ref Vector256<float> lanes, ref Vector256<float> weightedLanes)
    {
        var below = NonPositiveExpAvx2.Clamp(difference);
        var weight = NonPositiveExpAvx2.Exp(below);
        lanes += weight;
        weightedLanes = Vector256.FusedMultiplyAdd(weight, below, weightedLanes);
    }
}
