namespace InferenceServer.Modeling.Rewards;

/// <summary>What the model thought of a token when it stood before it: its natural log-probability and the entropy of the distribution in nats, both at temperature 1.</summary>
public readonly record struct TokenStatistics(float LogProb, float Entropy)
{
    /// <summary>Of a token that nobody asked about: the prompt's, or one that the owner appended.</summary>
    public static readonly TokenStatistics Unknown = new(float.NaN, float.NaN);

    public bool IsKnown => !float.IsNaN(LogProb);
}

/// <summary>
/// The features that a value head takes beside the hidden state: how surprising the text was so far, to the model that wrote it. A running state: add each token
/// in order, read the features after any of them. The trainer and the engine both use this type, so what the head learned is what it is served with.
/// </summary>
/// <remarks>
/// Surprisals and entropies span five orders of magnitude and differ most where they are small, so both enter as log(1 + 32 x). A step is what stands between two
/// step tokens, the second included. Tokens of unknown statistics count for nothing; a text of such tokens alone has all features zero.
/// </remarks>
public struct RewardFeatures
{
    /// <summary>Number of features.</summary>
    public const int Count = 8;

    private const float Scale = 32, LargestSurprisal = 30;

    private float _surprisal, _entropy, _stepMax, _stepSum, _stepMaxEntropy, _max, _sum;
    private int _stepCount, _count;
    private bool _stepEnded;

    /// <param name="token">The token.</param>
    /// <param name="statistics">What the model thought of it.</param>
    /// <param name="stepToken">The token that ends a reasoning step.</param>
    public void Add(int token, TokenStatistics statistics, int stepToken)
    {
        if (_stepEnded)
            (_stepMax, _stepSum, _stepMaxEntropy, _stepCount) = (0, 0, 0, 0);
        _stepEnded = token == stepToken;
        (_surprisal, _entropy) = (0, 0);
        if (!statistics.IsKnown)
            return;
        _surprisal = Math.Clamp(-statistics.LogProb, 0, LargestSurprisal);
        _entropy = Math.Max(0, statistics.Entropy);
        _stepMax = Math.Max(_stepMax, _surprisal);
        _stepMaxEntropy = Math.Max(_stepMaxEntropy, _entropy);
        _stepSum += _surprisal;
        _stepCount++;
        _max = Math.Max(_max, _surprisal);
        _sum += _surprisal;
        _count++;
    }

    /// <summary>
    /// Surprisal and entropy of the last token; largest and mean surprisal of its step; largest and mean of the whole completion; largest entropy of its step;
    /// tokens in its step.
    /// </summary>
    /// <param name="features"><see cref="Count"/> floats.</param>
    public readonly void Write(Span<float> features)
    {
        features[0] = Squash(_surprisal);
        features[1] = Squash(_entropy);
        features[2] = Squash(_stepMax);
        features[3] = Squash(_stepSum / Math.Max(1, _stepCount));
        features[4] = Squash(_max);
        features[5] = Squash(_sum / Math.Max(1, _count));
        features[6] = Squash(_stepMaxEntropy);
        features[7] = MathF.Log(1 + _stepCount);
    }

    private static float Squash(float x) => MathF.Log(1 + Scale * x);
}
