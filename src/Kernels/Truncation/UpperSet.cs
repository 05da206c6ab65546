namespace InferenceServer.Kernels;

/// <summary>Number and mass of the weights that reach a threshold: the question that every search for a cut asks.</summary>
internal static class UpperSet
{
    /// <remarks>The mass is summed in lanes over the whole row, not tile by tile: a search asks about ten times, and compares with a mass of its own making.</remarks>
    public static (int Count, float Mass) Of(ReadOnlySpan<float> weights, float threshold, KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => UpperSetAvx512.Of(weights, threshold),
        KernelVariant.Avx2 => UpperSetAvx2.Of(weights, threshold),
        _ => UpperSetScalar.Of(weights, threshold),
    };
}
