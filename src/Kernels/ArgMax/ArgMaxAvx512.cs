using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class ArgMaxAvx512
{
    [MethodImpl(Lanes.Loop)]
    public static float Max(ReadOnlySpan<float> row)
    {
        fixed (float* logits = row)
        {
            // Four maxima: a comparison waits for the one before it, and a single chain would take three times as long.
            var max0 = Vector512.Create(float.NegativeInfinity);
            var (max1, max2, max3) = (max0, max0, max0);
            int i = 0;
            for (; i + 4 * Lanes.Width <= row.Length; i += 4 * Lanes.Width)
            {
                max0 = Greater(Vector512.Load(logits + i), max0);
                max1 = Greater(Vector512.Load(logits + i + Lanes.Width), max1);
                max2 = Greater(Vector512.Load(logits + i + 2 * Lanes.Width), max2);
                max3 = Greater(Vector512.Load(logits + i + 3 * Lanes.Width), max3);
            }
            for (; i + Lanes.Width <= row.Length; i += Lanes.Width)
                max0 = Greater(Vector512.Load(logits + i), max0);
            if (i < row.Length)
                max1 = Greater(Lanes.Tail512(logits + i, row.Length - i, float.NegativeInfinity), max1);
            max0 = Greater(Greater(max0, max1), Greater(max2, max3));
            float max = float.NegativeInfinity;
            for (int lane = 0; lane < Lanes.Width; lane++)
                max = MathF.Max(max, max0[lane]);
            return max;
        }
    }

    [MethodImpl(Lanes.Loop)]
    public static int First(ReadOnlySpan<float> row, float logit)
    {
        const int width = Lanes.Width;
        var wanted = Vector512.Create(logit);
        fixed (float* logits = row)
        {
            int i = 0;
            for (; i + width <= row.Length; i += width)
            {
                var equal = Vector512.Equals(Vector512.Load(logits + i), wanted);
                if (Vector512.EqualsAny(equal.AsInt32(), Vector512<int>.AllBitsSet))
                    return i + BitOperations.TrailingZeroCount(equal.ExtractMostSignificantBits());
            }
            for (; i < row.Length; i++)
                if (logits[i] == logit)
                    return i;
        }
        return -1;
    }

    /// <remarks>A comparison and a selection: NaN must lose, whichever side it is on.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Greater(Vector512<float> candidate, Vector512<float> max) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(candidate, max), candidate, max);
}
