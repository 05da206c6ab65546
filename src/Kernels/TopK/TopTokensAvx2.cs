using System.Runtime.Intrinsics;

namespace InferenceServer.Kernels;

internal static unsafe class TopTokensAvx2
{
    public static void Select(ReadOnlySpan<float> row, ref TopTokens.Best best)
    {
        const int width = Lanes.Width / 2;
        int i = 0;
        fixed (float* logits = row)
        {
            for (; i + width <= row.Length; i += width)
            {
                // Hardly any vector holds a logit that enters once the list is full: one comparison skips it.
                if (!Vector256.GreaterThanAny(Vector256.Load(logits + i), Vector256.Create(best.Bar)))
                    continue;
                for (int lane = i; lane < i + width; lane++)
                    best.Offer(lane, logits[lane]);
            }
        }
        for (; i < row.Length; i++)
            best.Offer(i, row[i]);
    }
}
