using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace InferenceServer.Kernels;

internal static unsafe class BetweenAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static int Gather(ReadOnlySpan<float> weights, float low, float high, Span<float> destination)
    {
        var (from, to) = (Vector512.Create(low), Vector512.Create(high));
        int count = 0, i = 0;
        fixed (float* input = weights, output = destination)
        {
            for (; i + Lanes.Width <= weights.Length; i += Lanes.Width)
                count += Keep(Vector512.Load(input + i), from, to, output + count);
            if (i < weights.Length)
                count += Keep(Lanes.Tail512(input + i, weights.Length - i, -1f), from, to, output + count);
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Keep(Vector512<float> weight, Vector512<float> from, Vector512<float> to, float* output)
    {
        var inside = Vector512.GreaterThanOrEqual(weight, from) & Vector512.LessThan(weight, to);
        // Packed in a register and stored whole: the instruction that packs into memory is microcode on AMD and takes a hundred cycles.
        Avx512F.Compress(Vector512<float>.Zero, inside, weight).Store(output);
        return BitOperations.PopCount(inside.ExtractMostSignificantBits());
    }
}
