namespace InferenceServer.Engine.Sampling;

/// <summary>The limit of a softmax as some logits grow without bound: those tokens share all probability equally. A model does not produce such rows; a bias may.</summary>
internal static class Infinities
{
    /// <summary>+infinity becomes 0, anything else -infinity; the maximum of the row is then 0.</summary>
    public static Span<float> Resolve(Span<float> logits)
    {
        foreach (ref float logit in logits)
            logit = float.IsPositiveInfinity(logit) ? 0f : float.NegativeInfinity;
        return logits;
    }
}
