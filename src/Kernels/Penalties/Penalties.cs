namespace InferenceServer.Kernels;

/// <summary>
/// Repetition penalty (Keskar et al., arXiv:1909.05858) and the frequency and presence penalties of the OpenAI API. They touch the tokens of the history
/// alone, which a gather and a scatter would not make faster, so there is one variant.
/// </summary>
public static class Penalties
{
    /// <summary>Lowers the logits of tokens that were seen.</summary>
    /// <param name="logits">One row.</param>
    /// <param name="seen">The distinct tokens of prompt and completion.</param>
    /// <param name="sampled">How often each of them was sampled, by index of <paramref name="seen"/>; 0 for one of the prompt alone.</param>
    /// <param name="repetition">Divides positive logits and multiplies negative ones; 1 is off.</param>
    /// <param name="frequency">Subtracted once for each time a token was sampled.</param>
    /// <param name="presence">Subtracted once if it was sampled.</param>
    public static void Apply(Span<float> logits, ReadOnlySpan<int> seen, ReadOnlySpan<int> sampled, float repetition, float frequency, float presence)
    {
        for (int i = 0; i < seen.Length; i++)
        {
            ref float logit = ref logits[seen[i]];
            if (repetition != 1f)
                logit = logit > 0 ? logit / repetition : logit * repetition;
            if (sampled[i] > 0)
                logit -= frequency * sampled[i] + presence;
        }
    }
}
