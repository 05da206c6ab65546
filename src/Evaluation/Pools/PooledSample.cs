using InferenceServer.Evaluation.Measuring;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Evaluation.Pools;

/// <summary>A problem with many independent samples, drawn once; selectors, votes and rejections are replayed on it.</summary>
/// <param name="PromptTokens">Of the question.</param>
public sealed record PooledProblem(Problem Problem, int PromptTokens, IReadOnlyList<PooledSample> Samples);

/// <summary>One of a problem's samples.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsFinished">Ended by itself rather than at the limit of tokens.</param>
/// <param name="Trace">Its tokens.</param>
/// <param name="Grade">From 0 to 1; anything above 0 is right.</param>
public sealed record PooledSample(string Text, bool IsFinished, TokenTrace Trace, double Grade)
{
    private (ExtractedAnswer? Answer, bool IsKnown) _extracted;

    /// <summary>A separate reward model's value after so many tokens, by their number; null without one.</summary>
    public float[]? RewardModel { get; init; }

    public bool IsRight => Grade > 0;

    /// <summary>Sampled tokens, the end token included.</summary>
    public int Length => Trace.LogProbs.Length;

    /// <summary>Tokens of the text.</summary>
    public int TextLength => IsFinished ? Length - 1 : Length;

    public ExtractedAnswer? Extracted
    {
        get
        {
            if (!_extracted.IsKnown)
                _extracted = (AnswerExtractor.Extract(Text), true);
            return _extracted.Answer;
        }
    }

    /// <summary>Mean raw log-probability of a token, as the strategies' likelihood.</summary>
    public double MeanLogProb => Trace.LogProbs.Length == 0 ? double.NaN : Trace.LogProbs.Average(x => (double)x);

    /// <summary>The value head's reward of the first so many tokens; NaN without a value head.</summary>
    public double ValueAfter(int tokens) => At(Trace.Values, Math.Min(tokens, Length - 1));

    /// <summary>The reward model's of the first so many tokens; NaN without one.</summary>
    public double RewardModelAfter(int tokens) => RewardModel is { } values ? At(values, Math.Min(tokens, TextLength)) : double.NaN;

    /// <summary>Mean log-probability of the first so many tokens.</summary>
    public double LogProbAfter(int tokens) => tokens == 0 ? double.NaN : Trace.LogProbs.Take(tokens).Average(x => (double)x);

    // A token's value is the reward of what stood before it. The last token's own value stands in for the one after it, as in the strategies.
    private static double At(float[] values, int index) => index >= 0 && index < values.Length ? values[index] : double.NaN;
}
