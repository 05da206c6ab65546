namespace InferenceServer.Kernels;

/// <summary>
/// Shannon entropy of a row's softmax in nats. With d_i = x_i - max and Z = sum of e^d_i, -sum p_i ln p_i = ln Z - (sum of d_i e^d_i) / Z, so both sums come
/// from the one pass of <see cref="LogSoftmax"/>.
/// </summary>
public static class Entropy
{
    /// <summary>From 0 (one certain token) to ln V (all equal).</summary>
    public static float Of(in SoftmaxMoments moments) => (float)Math.Max(0, Math.Log(moments.Sum) - moments.WeightedSum / moments.Sum);
}
