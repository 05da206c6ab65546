using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class TruncateScalar
{
    [MethodImpl(Lanes.Loop)]
    public static double Apply(Span<float> weights, float threshold, Span<float> tileMass)
    {
        double total = 0;
        Span<float> lanes = stackalloc float[Lanes.Width];
        for (int tile = 0; tile < weights.Length; tile += Lanes.Tile)
        {
            lanes.Clear();
            int end = Math.Min(tile + Lanes.Tile, weights.Length);
            for (int i = tile; i < end; i++)
            {
                if (weights[i] >= threshold)
                    lanes[i % Lanes.Width] += weights[i];
                else
                    weights[i] = 0;
            }
            total += tileMass[tile / Lanes.Tile] = Lanes.Sum(lanes);
        }
        return total;
    }
}
