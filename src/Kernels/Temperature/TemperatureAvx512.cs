using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TemperatureAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static double Weights(ReadOnlySpan<float> row, float max, float inverse, Span<float> weights, Span<float> tileMass)
    {
        double total = 0;
        var (maximum, factor) = (Vector512.Create(max), Vector512.Create(inverse));
        fixed (float* logits = row, output = weights)
        {
            for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
            {
                var lanes = Vector512<float>.Zero;
                int i = tile, end = Math.Min(tile + Lanes.Tile, row.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                {
                    var weight = Weight((Vector512.Load(logits + i) - maximum) * factor);
                    weight.Store(output + i);
                    lanes += weight;
                }
                if (i < end)
                {
                    var weight = Weight((Lanes.Tail512(logits + i, end - i, float.NegativeInfinity) - maximum) * factor);
                    Lanes.StoreTail(weight, output + i, end - i);
                    lanes += weight;
                }
                total += tileMass[tile / Lanes.Tile] = Lanes.Sum(lanes);
            }
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Weight(Vector512<float> below) => NonPositiveExpAvx512.Exp(NonPositiveExpAvx512.Clamp(below));
}
