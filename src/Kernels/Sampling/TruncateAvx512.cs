using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TruncateAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static double Apply(Span<float> weights, float threshold, Span<float> tileMass)
    {
        double total = 0;
        var limit = Vector512.Create(threshold);
        fixed (float* data = weights)
        {
            for (int tile = 0; tile < weights.Length; tile += Lanes.Tile)
            {
                var lanes = Vector512<float>.Zero;
                int i = tile, end = Math.Min(tile + Lanes.Tile, weights.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                {
                    var weight = Vector512.Load(data + i);
                    weight &= Vector512.GreaterThanOrEqual(weight, limit);
                    weight.Store(data + i);
                    lanes += weight;
                }
                if (i < end)
                {
                    var weight = Lanes.Tail512(data + i, end - i, 0f);
                    weight &= Vector512.GreaterThanOrEqual(weight, limit);
                    Lanes.StoreTail(weight, data + i, end - i);
                    lanes += weight;
                }
                total += tileMass[tile / Lanes.Tile] = Lanes.Sum(lanes);
            }
        }
        return total;
    }
}
