using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class ArgMaxAvx2
{
    [MethodImpl(Lanes.Loop)]
    public static float Max(ReadOnlySpan<float> row)
    {
        fixed (float* logits = row)
        {
            const int half = Lanes.Width / 2;
            var max0 = Vector256.Create(float.NegativeInfinity);
            var (max1, max2, max3) = (max0, max0, max0);
            int i = 0;
            for (; i + 2 * Lanes.Width <= row.Length; i += 2 * Lanes.Width)
            {
                max0 = Greater(Vector256.Load(logits + i), max0);
                max1 = Greater(Vector256.Load(logits + i + half), max1);
                max2 = Greater(Vector256.Load(logits + i + 2 * half), max2);
                max3 = Greater(Vector256.Load(logits + i + 3 * half), max3);
            }
            max0 = Greater(Greater(max0, max1), Greater(max2, max3));
            float max = float.NegativeInfinity;
            for (int lane = 0; lane < half; lane++)
                max = MathF.Max(max, max0[lane]);
            for (; i < row.Length; i++)
                if (logits[i] > max)
                    max = logits[i];
            return max;
        }
    }

    [MethodImpl(Lanes.Loop)]
    public static int First(ReadOnlySpan<float> row, float logit)
    {
        const int width = Lanes.Width / 2;
        var wanted = Vector256.Create(logit);
        fixed (float* logits = row)
        {
            int i = 0;
            for (; i + width <= row.Length; i += width)
            {
                var equal = Vector256.Equals(Vector256.Load(logits + i), wanted);
                if (Vector256.EqualsAny(equal.AsInt32(), Vector256<int>.AllBitsSet))
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
    private static Vector256<float> Greater(Vector256<float> candidate, Vector256<float> max) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(candidate, max), candidate, max);
}
