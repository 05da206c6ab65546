namespace InferenceServer.Kernels;

/// <summary>What is to be known of a row's softmax to give any token's log-probability and the entropy: with d_i = logit_i - max,</summary>
/// <param name="Max">The greatest logit.</param>
/// <param name="Sum">Sum of e^d_i, at least 1; 0 for a row without a finite logit.</param>
/// <param name="WeightedSum">Sum of d_i e^d_i.</param>
public readonly record struct SoftmaxMoments(float Max, double Sum, double WeightedSum)
{
    /// <summary>Natural log-probability of a token by its logit; -infinity for a NaN logit.</summary>
    public float LogProb(float logit) => float.IsNaN(logit) ? float.NegativeInfinity : (float)(logit - Max - Math.Log(Sum));
}
