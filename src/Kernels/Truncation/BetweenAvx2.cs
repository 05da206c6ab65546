using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace InferenceServer.Kernels;

internal static unsafe class BetweenAvx2
{
    /// <summary>For each of the 256 masks of eight lanes, the lanes that are set, in order: AVX2 has no packing instruction, but it has a permutation.</summary>
    private static readonly int[] Packing = Permutations();

    [MethodImpl(Lanes.Loop)]
    public static int Gather(ReadOnlySpan<float> weights, float low, float high, Span<float> destination)
    {
        const int half = Lanes.Width / 2;
        var (from, to) = (Vector256.Create(low), Vector256.Create(high));
        int count = 0, i = 0;
        fixed (float* input = weights, output = destination)
        fixed (int* packing = Packing)
        {
            for (; i + half <= weights.Length; i += half)
                count += Keep(Vector256.Load(input + i), from, to, packing, output + count);
            for (; i < weights.Length; i++)
                if (input[i] >= low && input[i] < high)
                    output[count++] = input[i];
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Keep(Vector256<float> weight, Vector256<float> from, Vector256<float> to, int* packing, float* output)
    {
        uint inside = (Vector256.GreaterThanOrEqual(weight, from) & Vector256.LessThan(weight, to)).ExtractMostSignificantBits();
        Avx2.PermuteVar8x32(weight, Vector256.Load(packing + 8 * inside)).Store(output);
        return BitOperations.PopCount(inside);
    }

    private static int[] Permutations()
    {
        var table = new int[256 * 8];
        for (int mask = 0; mask < 256; mask++)
            for (int lane = 0, next = 8 * mask; lane < 8; lane++)
                if ((mask >> lane & 1) != 0)
                    table[next++] = lane;
        return table;
    }
}
