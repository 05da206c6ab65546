using InferenceServer.Engine;
using InferenceServer.Strategies.Recording;

namespace InferenceServer.Server.Traces;

/// <summary>A candidate's tokens, a column for each thing that is known of them.</summary>
/// <param name="Ids">Empty when redacted; the other columns stay.</param>
/// <param name="LogProbs">NaN for a token that the model did not write.</param>
/// <param name="Milliseconds">Since its run began.</param>
public sealed record TokenColumns(int[] Ids, float[] LogProbs, float[] Entropies, float[] Values, float[] Milliseconds)
{
    public static TokenColumns Empty { get; } = new([], [], [], [], []);

    public int Count => LogProbs.Length;

    public static TokenColumns Of(RecordedCandidate candidate, bool redact)
    {
        List<SampledToken> tokens = candidate.Tokens;
        return new(
            redact ? [] : [.. tokens.Select(token => token.Id)],
            [.. tokens.Select(token => token.LogProb)],
            [.. tokens.Select(token => token.Entropy)],
            [.. tokens.Select(token => token.Value)],
            [.. candidate.Milliseconds]);
    }

    /// <exception cref="InvalidOperationException">They are redacted.</exception>
    public List<SampledToken> Tokens() => Ids.Length == Count
        ? [.. Enumerable.Range(0, Count).Select(i => new SampledToken(Ids[i], LogProbs[i], Entropies[i], Values[i]))]
        : throw new InvalidOperationException("The tokens are redacted.");
}
