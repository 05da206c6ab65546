using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class TemperatureScalar
{
    [MethodImpl(Lanes.Loop)]
    public static double Weights(ReadOnlySpan<float> row, float max, float inverse, Span<float> weights, Span<float> tileMass)
    {
        double total = 0;
        Span<float> lanes = stackalloc float[Lanes.Width];
        for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
        {
            lanes.Clear();
            int end = Math.Min(tile + Lanes.Tile, row.Length);
            for (int i = tile; i < end; i++)
            {
                float weight = NonPositiveExpScalar.Exp(NonPositiveExpScalar.Clamp((row[i] - max) * inverse));
                weights[i] = weight;
                lanes[i % Lanes.Width] += weight;
            }
            total += tileMass[tile / Lanes.Tile] = Lanes.Sum(lanes);
        }
        return total;
    }
}
