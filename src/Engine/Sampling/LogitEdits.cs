using InferenceServer.Kernels;

namespace InferenceServer.Engine.Sampling;

/// <summary>
/// Applies bias and penalties to a row and remembers the raw logits of the tokens it touched, which the report is about. Its cost follows the length of the
/// history, not of the row: membership is a stamp per token, so that clearing the sets is one addition.
/// </summary>
internal sealed class LogitEdits(int vocabSize)
{
    private readonly int[] _editStamps = new int[vocabSize];
    private readonly float[] _raw = new float[vocabSize];
    private readonly int[] _seenStamps = new int[vocabSize];
    private readonly int[] _seenIndex = new int[vocabSize];
    private readonly int[] _tokens = new int[vocabSize];
    private readonly float[] _bias = new float[vocabSize];
    private readonly int[] _sampled = new int[vocabSize];
    private int _stamp;

    /// <summary>Forgets the previous row.</summary>
    public void Clear()
    {
        if (++_stamp != int.MaxValue)
            return;
        Array.Clear(_editStamps);
        Array.Clear(_seenStamps);
        _stamp = 1;
    }

    /// <summary>The logit as the model gave it.</summary>
    public float RawLogit(ReadOnlySpan<float> logits, int token) => _editStamps[token] == _stamp ? _raw[token] : logits[token];

    public void Apply(Span<float> logits, SamplingOptions options, ReadOnlySpan<int> history, int promptLength)
    {
        if (options.LogitBias is { Count: > 0 } bias)
            Bias(logits, bias);
        if (options.HasPenalties)
            Penalise(logits, options, history, promptLength);
    }

    private void Bias(Span<float> logits, IReadOnlyDictionary<int, float> bias)
    {
        int count = 0;
        // Through the interface an enumeration allocates; the dictionary's own enumerator does not.
        if (bias is Dictionary<int, float> dictionary)
        {
            foreach (var (token, value) in dictionary)
                Take(logits, token, value, ref count);
        }
        else
        {
            foreach (var (token, value) in bias)
                Take(logits, token, value, ref count);
        }
        LogitBias.Apply(logits, _tokens.AsSpan(0, count), _bias.AsSpan(0, count));
    }

    private void Take(ReadOnlySpan<float> logits, int token, float value, ref int count)
    {
        if ((uint)token >= (uint)logits.Length)
            throw new UnknownTokenException(token, logits.Length);
        Remember(logits, token);
        (_tokens[count], _bias[count]) = (token, value);
        count++;
    }

    private void Penalise(Span<float> logits, SamplingOptions options, ReadOnlySpan<int> history, int promptLength)
    {
        int distinct = 0;
        for (int i = 0; i < history.Length; i++)
        {
            int token = history[i];
            if (_seenStamps[token] != _stamp)
            {
                Remember(logits, token);
                _seenStamps[token] = _stamp;
                _seenIndex[token] = distinct;
                (_tokens[distinct], _sampled[distinct]) = (token, 0);
                distinct++;
            }
            if (i >= promptLength)
                _sampled[_seenIndex[token]]++;
        }
        Penalties.Apply(logits, _tokens.AsSpan(0, distinct), _sampled.AsSpan(0, distinct), options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty);
    }

    private void Remember(ReadOnlySpan<float> logits, int token)
    {
        if (_editStamps[token] == _stamp)
            return;
        _editStamps[token] = _stamp;
        _raw[token] = logits[token];
    }
}
