using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TemperatureAvx2
{
    [MethodImpl(Lanes.Loop)]
    public static double Weights(ReadOnlySpan<float> row, float max, float inverse, Span<float> weights, Span<float> tileMass)
    {
        const int half = Lanes.Width / 2;
        double total = 0;
        var (maximum, factor) = (Vector256.Create(max), Vector256.Create(inverse));
        fixed (float* logits = row, output = weights)
        {
            for (int tile = 0; tile < row.Length; tile += Lanes.Tile)
            {
                var (low, high) = (Vector256<float>.Zero, Vector256<float>.Zero);
                int i = tile, end = Math.Min(tile + Lanes.Tile, row.Length);
                for (; i + Lanes.Width <= end; i += Lanes.Width)
                {
                    var weightLow = Weight((Vector256.Load(logits + i) - maximum) * factor);
                    var weightHigh = Weight((Vector256.Load(logits + i + half) - maximum) * factor);
                    weightLow.Store(output + i);
                    weightHigh.Store(output + i + half);
                    low += weightLow;
                    high += weightHigh;
                }
                if (i < end)
                {
                    var weightLow = Weight((Lanes.Tail256(logits + i, end - i, float.NegativeInfinity) - maximum) * factor);
                    var weightHigh = Weight((Lanes.Tail256(logits + i + half, end - i - half, float.NegativeInfinity) - maximum) * factor);
                    Lanes.StoreTail(weightLow, output + i, end - i);
                    Lanes.StoreTail(weightHigh, output + i + half, end - i - half);
                    low += weightLow;
                    high += weightHigh;
                }
                total += tileMass[tile / Lanes.Tile] = Lanes.Sum(low, high);
            }
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weight(Vector256<float> below) => NonPositiveExpAvx2.Exp(NonPositiveExpAvx2.Clamp(below));
}
