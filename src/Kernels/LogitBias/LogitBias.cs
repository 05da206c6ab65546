namespace InferenceServer.Kernels;

/// <summary>Adds a bias to the logits of named tokens: a scatter of a few values, which vectors would not make faster, so there is one variant.</summary>
public static class LogitBias
{
    /// <param name="logits">One row.</param>
    /// <param name="tokens">Token ids inside the row.</param>
    /// <param name="bias">One for each token.</param>
    public static void Apply(Span<float> logits, ReadOnlySpan<int> tokens, ReadOnlySpan<float> bias)
    {
        for (int i = 0; i < tokens.Length; i++)
            logits[tokens[i]] += bias[i];
    }
}
