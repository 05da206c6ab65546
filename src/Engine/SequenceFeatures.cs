using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine;

/// <summary>
/// The reward features of a sequence after any of its tokens: a running state that follows the sequence one token a step, and starts over when the text behind it
/// changed or an earlier position is asked for. They depend on the tokens and their statistics alone, not on slots: preemption does not touch them.
/// </summary>
internal struct SequenceFeatures
{
    private RewardFeatures _features;
    private int _added;

    /// <summary>The text was cut to this length.</summary>
    public void Truncate(int length)
    {
        if (_added > length)
            this = default;
    }

    /// <param name="log">The sequence's tokens.</param>
    /// <param name="position">Position of the last token that counts.</param>
    /// <param name="stepToken">The token that ends a reasoning step.</param>
    /// <param name="features">Filled.</param>
    public void Write(TokenLog log, int position, int stepToken, Span<float> features)
    {
        Truncate(position + 1);
        while (_added <= position)
        {
            _features.Add(log.Tokens[_added], log.Statistics[_added], stepToken);
            _added++;
        }
        _features.Write(features);
    }
}
