namespace InferenceServer.Kernels;

/// <summary>Gathers the weights of an interval, in order, so that a search goes on over them alone.</summary>
internal static class Between
{
    /// <summary>Copies the weights of [low, high) to the front of <paramref name="destination"/>, which may be the input itself.</summary>
    /// <param name="destination">As long as the input, and <see cref="Lanes.Width"/> longer: whole vectors are stored.</param>
    /// <returns>How many there are.</returns>
    public static int Gather(ReadOnlySpan<float> weights, float low, float high, Span<float> destination, KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => BetweenAvx512.Gather(weights, low, high, destination),
        KernelVariant.Avx2 => BetweenAvx2.Gather(weights, low, high, destination),
        _ => BetweenScalar.Gather(weights, low, high, destination),
    };
}
