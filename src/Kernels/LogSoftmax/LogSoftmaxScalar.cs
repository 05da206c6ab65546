using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class LogSoftmaxScalar
{
    [MethodImpl(Lanes.Loop)]
    public static SoftmaxMoments Moments(ReadOnlySpan<float> row, float max)
    {
        double sum = 0, weightedSum = 0;
        Span<float> lanes = stackalloc float[Lanes.Width], weightedLanes = stackalloc float[Lanes.Width];
        for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
        {
            lanes.Clear();
            weightedLanes.Clear();
            int end = Math.Min(tile + Lanes.Tile, row.Length);
            for (int i = tile; i < end; i++)
            {
                float below = NonPositiveExpScalar.Clamp(row[i] - max);
                float weight = NonPositiveExpScalar.Exp(below);
                lanes[i % Lanes.Width] += weight;
                weightedLanes[i % Lanes.Width] = MathF.FusedMultiplyAdd(weight, below, weightedLanes[i % Lanes.Width]);
            }
            sum += Lanes.Sum(lanes);
            weightedSum += Lanes.Sum(weightedLanes);
        }
        return new SoftmaxMoments(max, sum, weightedSum);
    }
}
