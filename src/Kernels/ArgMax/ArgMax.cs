namespace InferenceServer.Kernels;

/// <summary>The greatest logit and its token. NaN counts as -infinity; of equal logits the lowest token wins.</summary>
public static class ArgMax
{
    /// <summary>The greatest logit; -infinity for a row of -infinity and NaN.</summary>
    public static float Max(ReadOnlySpan<float> row) => Max(row, KernelVariants.Selected);

    public static float Max(ReadOnlySpan<float> row, KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => ArgMaxAvx512.Max(row),
        KernelVariant.Avx2 => ArgMaxAvx2.Max(row),
        _ => ArgMaxScalar.Max(row),
    };

    /// <summary>The first token with the greatest logit; 0 for a row of -infinity and NaN.</summary>
    public static int Of(ReadOnlySpan<float> row) => Of(row, KernelVariants.Selected);

    public static int Of(ReadOnlySpan<float> row, KernelVariant variant)
    {
        // Two passes: keeping an index beside each lane's maximum costs more than looking for the value afterwards.
        float max = Max(row, variant);
        return Math.Max(0, First(row, max, variant));
    }

    /// <summary>The first token with exactly this logit, -1 if there is none. (IndexOf of a span of floats is a scalar loop.)</summary>
    internal static int First(ReadOnlySpan<float> row, float logit, KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => ArgMaxAvx512.First(row, logit),
        KernelVariant.Avx2 => ArgMaxAvx2.First(row, logit),
        _ => ArgMaxScalar.First(row, logit),
    };
}
