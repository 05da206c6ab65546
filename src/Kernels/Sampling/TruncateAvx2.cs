using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TruncateAvx2
{
    public static double Apply(Span<float> weights, float threshold, Span<float> tileMass)
    {
        const int half = Lanes.Width / 2;
        double total = 0;
        var limit = Vector256.Create(threshold);
        float* tail = stackalloc float[Lanes.Width];
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
                    new Span<float>(tail, Lanes.Width).Clear();
                    weights[i..end].CopyTo(new Span<float>(tail, Lanes.Width));
                    low += Keep(tail, limit);
                    high += Keep(tail + half, limit);
                    new ReadOnlySpan<float>(tail, end - i).CopyTo(weights[i..]);
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
}
