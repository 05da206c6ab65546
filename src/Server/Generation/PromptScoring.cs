using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Server.Generation;

/// <summary>What the model thinks of given text.</summary>
public sealed class PromptScoring(ServedModel model)
{
    /// <summary>The tokens of a prompt with their scores; the first one's are NaN.</summary>
    public async Task<IReadOnlyList<SampledToken>> ScorePromptAsync(ReadOnlyMemory<int> prompt, int topLogProbs, CancellationToken cancellationToken)
    {
        var first = new SampledToken(prompt.Span[0], float.NaN, float.NaN, float.NaN);
        if (prompt.Length == 1)
            return [first];
        await using SequenceHandle sequence = Start(prompt.Span[..1]);
        TokenScores scores = await sequence.ScoreAsync(prompt[1..], topLogProbs, cancellationToken);
        return [first, .. Zip(prompt[1..], scores)];
    }

    /// <summary>Scores several continuations of one prompt, which is computed once. Each continuation is a list of token ids.</summary>
    public async Task<IReadOnlyList<(IReadOnlyList<SampledToken> Tokens, float EndValue)>> ScoreAsync(
        ReadOnlyMemory<int> prompt, IReadOnlyList<int[]> continuations, int topLogProbs, CancellationToken cancellationToken)
    {
        await using SequenceHandle sequence = Start(prompt.Span);
        var scored = new List<(IReadOnlyList<SampledToken>, float)>(continuations.Count);
        foreach (int[] continuation in continuations)
        {
            TokenScores scores = await sequence.ScoreAsync(continuation, topLogProbs, cancellationToken);
            scored.Add((Zip(continuation, scores), scores.EndValue));
        }
        return scored;
    }

    private SequenceHandle Start(ReadOnlySpan<int> prompt) => model.Language.Start(prompt, new SequenceOptions { Sampling = SamplingOptions.Greedy });

    private static SampledToken[] Zip(ReadOnlyMemory<int> tokens, TokenScores scores)
    {
        var zipped = new SampledToken[tokens.Length];
        for (int i = 0; i < zipped.Length; i++)
            zipped[i] = new(tokens.Span[i], scores.LogProbs[i], scores.Entropies[i], scores.Values[i], scores.Top?[i]);
        return zipped;
    }
}
