namespace InferenceServer.Kernels;

internal static class TopTokensScalar
{
    public static void Select(ReadOnlySpan<float> row, ref TopTokens.Best best)
    {
        for (int i = 0; i < row.Length; i++)
            best.Offer(i, row[i]);
    }
}
