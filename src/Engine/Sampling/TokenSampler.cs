using InferenceServer.Kernels;

namespace InferenceServer.Engine.Sampling;

/// <summary>
/// Draws one token from a row of logits, in a fixed order: logit bias, penalties, temperature, top-k, min-p, top-p, draw. One instance per engine thread; it
/// owns the scratch memory, so a draw allocates nothing (except the list that top log-probs ask for).
/// </summary>
/// <remarks>
/// What it reports (log-probability, entropy, most probable tokens) is the model's own distribution: temperature 1, before bias, penalties and truncation.
/// A NaN logit counts as -infinity. Logits of +infinity share all the probability equally.
/// </remarks>
public sealed class TokenSampler(int vocabSize)
{
    private readonly AlignedRow _weights = new(vocabSize);
    private readonly AlignedRow _scratch = new(vocabSize + Lanes.Width);
    private readonly float[] _tileMass = new float[Lanes.Tiles(vocabSize)];
    private readonly LogitEdits _edits = new(vocabSize);

    public int VocabSize { get; } = vocabSize;

    /// <summary>The kernels it draws with. Read here so that a wrong <see cref="KernelVariants.EnvironmentVariable"/> stops the start and not the first draw.</summary>
    public KernelVariant Variant { get; } = KernelVariants.Selected;

    /// <summary>Draws the token at <paramref name="position"/> of the random stream <paramref name="stream"/>.</summary>
    /// <param name="logits">One row, <see cref="VocabSize"/> long; overwritten.</param>
    /// <param name="options">Sampling of the sequence.</param>
    /// <param name="history">Tokens of the sequence; needed for penalties only.</param>
    /// <param name="promptLength">How many of <paramref name="history"/> are prompt: those count for the repetition penalty alone.</param>
    /// <param name="stream">Key of the sequence's random stream.</param>
    /// <param name="position">Position of the token to draw in its sequence.</param>
    /// <param name="value">Passed through to the result.</param>
    /// <exception cref="InvalidLogitsException">No token has a probability: every logit is NaN or -infinity, or bias and penalties made it so.</exception>
    /// <exception cref="UnknownTokenException">A bias names a token outside the vocabulary.</exception>
    public SampledToken Sample(Span<float> logits, SamplingOptions options, ReadOnlySpan<int> history, int promptLength, ulong stream, int position, float value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, VocabSize);
        var raw = Moments(logits);
        var top = Top(logits, options.TopLogProbs, raw);

        float max = raw.Max;
        if (options.LogitBias is { Count: > 0 } || options.HasPenalties)
        {
            _edits.Apply(logits, options, history, promptLength);
            max = FiniteMax(logits);
        }
        int token = options.Temperature >= Temperature.Smallest
            ? Draw(logits, max, options, Philox.Uniform(stream, position))
            : ArgMax.Of(logits);
        return new SampledToken(token, raw.LogProb(_edits.RawLogit(logits, token)), Entropy.Of(raw), value, top);
    }

    /// <summary>Log-probability (raw) of a given token and the entropy of the row, with the most probable tokens when asked.</summary>
    /// <exception cref="InvalidLogitsException">Every logit is NaN or -infinity.</exception>
    public SampledToken Score(ReadOnlySpan<float> logits, int token, int topLogProbs, float value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, VocabSize);
        if ((uint)token >= (uint)VocabSize)
            throw new UnknownTokenException(token, VocabSize);
        if (float.IsPositiveInfinity(ArgMax.Max(logits)))
        {
            logits.CopyTo(_weights.Span);
            logits = Infinities.Resolve(_weights.Span);
        }
        float max = ArgMax.Max(logits);
        if (float.IsNegativeInfinity(max))
            throw new InvalidLogitsException();
        var raw = LogSoftmax.Moments(logits, max);
        return new SampledToken(token, raw.LogProb(logits[token]), Entropy.Of(raw), value, Top(logits, topLogProbs, raw));
    }

    private SoftmaxMoments Moments(Span<float> logits)
    {
        _edits.Clear();
        float max = FiniteMax(logits);
        return LogSoftmax.Moments(logits, max);
    }

    private static float FiniteMax(Span<float> logits)
    {
        float max = ArgMax.Max(logits);
        if (float.IsNegativeInfinity(max))
            throw new InvalidLogitsException();
        if (!float.IsPositiveInfinity(max))
            return max;
        Infinities.Resolve(logits);
        return 0f;
    }

    private int Draw(ReadOnlySpan<float> logits, float max, SamplingOptions options, double uniform)
    {
        var weights = _weights.Span;
        double total = Temperature.Weights(logits, max, options.Temperature, weights, _tileMass);
        var cut = Cut.None;
        if (options.TopK > 0 && options.TopK < VocabSize)
            cut = TopK.Find(weights, options.TopK, _scratch.Span);
        if (options.MinP > 0)
            cut = Cut.Strictest(cut, MinP.Find(options.MinP));
        if (cut != Cut.None)
            total = Truncate.Apply(weights, cut, _tileMass);
        if (options.TopP < 1)
            total = Truncate.Apply(weights, TopP.Find(weights, options.TopP, total, _scratch.Span), _tileMass);
        return Categorical.Draw(weights, _tileMass, total, uniform);
    }

    private static TokenLogProb[]? Top(ReadOnlySpan<float> logits, int count, in SoftmaxMoments raw)
    {
        if (count <= 0)
            return null;
        count = Math.Min(count, logits.Length);
        Span<int> ids = stackalloc int[count];
        Span<float> values = stackalloc float[count];
        var top = new TokenLogProb[TopTokens.Select(logits, ids, values)];
        for (int i = 0; i < top.Length; i++)
            top[i] = new TokenLogProb(ids[i], raw.LogProb(values[i]));
        return top;
    }
}
