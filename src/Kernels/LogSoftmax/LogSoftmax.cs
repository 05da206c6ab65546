namespace InferenceServer.Kernels;

/// <summary>
/// log softmax(x)_i = x_i - max - ln(sum of e^(x_j - max)). Nobody needs the whole row: the sum gives the log-probability of the tokens asked for, and the
/// same pass gives the entropy's sum, for the exponential is what costs.
/// </summary>
public static class LogSoftmax
{
    /// <summary>Moments of a row. NaN and -infinity have probability 0.</summary>
    /// <param name="row">Logits without +infinity.</param>
    /// <param name="max">Their maximum, finite (<see cref="ArgMax.Max(ReadOnlySpan{float})"/>).</param>
    public static SoftmaxMoments Moments(ReadOnlySpan<float> row, float max) => Moments(row, max, KernelVariants.Selected);

    public static SoftmaxMoments Moments(ReadOnlySpan<float> row, float max, KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => LogSoftmaxAvx512.Moments(row, max),
        KernelVariant.Avx2 => LogSoftmaxAvx2.Moments(row, max),
        _ => LogSoftmaxScalar.Moments(row, max),
    };
}
