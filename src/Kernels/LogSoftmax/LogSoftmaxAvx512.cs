using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class LogSoftmaxAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static SoftmaxMoments Moments(ReadOnlySpan<float> row, float max)
    {
        double sum = 0, weightedSum = 0;
        var maximum = Vector512.Create(max);
        fixed (float* logits = row)
        {
            for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
            {
                var (lanes, weightedLanes) = (Vector512<float>.Zero, Vector512<float>.Zero);
                int i = tile, end = Math.Min(tile + Lanes.Tile, row.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                    Add(Vector512.Load(logits + i) - maximum, ref lanes, ref weightedLanes);
                if (i < end)
                    Add(Lanes.Tail512(logits + i, end - i, float.NegativeInfinity) - maximum, ref lanes, ref weightedLanes);
                sum += Lanes.Sum(lanes);
                weightedSum += Lanes.Sum(weightedLanes);
            }
        }
        return new SoftmaxMoments(max, sum, weightedSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<float> difference, ref Vector512<float> lanes, ref Vector512<float> weightedLanes)
    {
        var below = NonPositiveExpAvx512.Clamp(difference);
        var weight = NonPositiveExpAvx512.Exp(below);
        lanes += weight;
        weightedLanes = Vector512.FusedMultiplyAdd(weight, below, weightedLanes);
    }
}
