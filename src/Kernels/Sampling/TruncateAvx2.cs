using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TruncateAvx2
{
    [MethodImpl(Lanes.Loop)]
    public static double Apply(Span<float> weights, float threshold, Span<float> tileMass)
    {
        const int half = Lanes.Width / 2;
        double total = 0;
        var limit = Vector256.Create(threshold);
        fixed (float* data = weights)
        {
            for (int tile = 0; tile < weights.Length; tile += Lanes.Tile)
            {
                var (low, high) = (Vector256<float>.Zero, Vector256<float>.Zero);
                int i = tile, end = Math.Min(tile + Lanes.Tile, weights.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                {
                    low += Keep(data + i, limit);
                    high += Keep(data + i + half, limit);
                }
                if (i < end)
                {
                    low += KeepTail(data + i, end - i, limit);
                    high += KeepTail(data + i + half, end - i - half, limit);
                }
                total += tileMass[tile / Lanes.Tile] = Lanes.Sum(low, high);
            }
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Keep(float* eight, Vector256<float> limit)
    {
        var weight = Vector256.Load(eight);
        weight &= Vector256.GreaterThanOrEqual(weight, limit);
        weight.Store(eight);
        return weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> KeepTail(float* eight, int count, Vector256<float> limit)
    {
        var weight = Lanes.Tail256(eight, count, 0f);
        weight &= Vector256.GreaterThanOrEqual(weight, limit);
        Lanes.StoreTail(weight, eight, count);
        return weight;
    }
}
