namespace InferenceServer.Kernels;

/// <summary>The n most probable tokens of a row in order, for reports of log-probabilities. Equal logits: lowest id first. NaN and -infinity never appear.</summary>
public static class TopTokens
{
    /// <param name="row">Logits.</param>
    /// <param name="ids">Receives token ids; its length is n.</param>
    /// <param name="logits">Receives their logits; as long.</param>
    /// <returns>How many there are: n, or fewer when the row has fewer logits above -infinity.</returns>
    public static int Select(ReadOnlySpan<float> row, Span<int> ids, Span<float> logits) => Select(row, ids, logits, KernelVariants.Selected);

    public static int Select(ReadOnlySpan<float> row, Span<int> ids, Span<float> logits, KernelVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, ids.Length);
        if (ids.IsEmpty)
            return 0;
        var best = new Best(ids, logits);
        switch (variant)
        {
            case KernelVariant.Avx512: TopTokensAvx512.Select(row, ref best); break;
            case KernelVariant.Avx2: TopTokensAvx2.Select(row, ref best); break;
            default: TopTokensScalar.Select(row, ref best); break;
        }
        return best.Count;
    }

    /// <summary>The best so far, in order. A full row replaces its worst about n ln(V / n) times, so plain insertion does.</summary>
    internal ref struct Best(Span<int> ids, Span<float> logits)
    {
        private readonly Span<int> _ids = ids;
        private readonly Span<float> _logits = logits;

        public int Count { get; private set; }

        /// <summary>What a logit must exceed to enter.</summary>
        public float Bar { get; private set; } = float.NegativeInfinity;

        public void Offer(int id, float logit)
        {
            if (!(logit > Bar))
                return;
            int at = Count < _ids.Length ? Count++ : Count - 1;
            for (; at > 0 && logit > _logits[at - 1]; at--)
                (_ids[at], _logits[at]) = (_ids[at - 1], _logits[at - 1]);
            (_ids[at], _logits[at]) = (id, logit);
            if (Count == _ids.Length)
                Bar = _logits[Count - 1];
        }
    }
}
