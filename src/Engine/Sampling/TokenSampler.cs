namespace InferenceServer.Engine.Sampling;

/// <summary>Draws one token from a row of logits. One instance per engine thread; it owns the scratch memory, so a draw allocates nothing (except the list that top log-probs ask for).</summary>
public sealed class TokenSampler(int vocabSize)
{
    public int VocabSize { get; } = vocabSize;

    /// <summary>Draws the token at <paramref name="position"/> of the random stream <paramref name="stream"/>.</summary>
    /// <param name="logits">One row, <see cref="VocabSize"/> long; overwritten.</param>
    /// <param name="options">Sampling of the sequence.</param>
    /// <param name="history">Tokens of the sequence; needed for penalties only.</param>
    /// <param name="promptLength">How many of <paramref name="history"/> are prompt: those count for the repetition penalty alone.</param>
    /// <param name="stream">Key of the sequence's random stream.</param>
    /// <param name="position">Position of the token to draw in its sequence.</param>
    /// <param name="value">Passed through to the result.</param>
    public SampledToken Sample(Span<float> logits, SamplingOptions options, ReadOnlySpan<int> history, int promptLength, ulong stream, int position, float value) =>
        throw new NotImplementedException();

    /// <summary>Log-probability (raw) of a given token and the entropy of the row, with the most probable tokens when asked.</summary>
    public SampledToken Score(ReadOnlySpan<float> logits, int token, int topLogProbs, float value) => throw new NotImplementedException();
}
