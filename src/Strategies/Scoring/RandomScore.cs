using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>A random number, the same for the same seed: the control that every other scorer must beat.</summary>
[Plugin("random", "A random number: the control.")]
public sealed class RandomScore : IScorer, IPartialScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) => Draw(candidate, 0, scoring);

    public ValueTask<double?> ScorePartAsync(Candidate candidate, int tokens, ScoringContext scoring, CancellationToken cancellationToken) => Draw(candidate, tokens, scoring);

    string? ISelector.Check(PlanContext plan) => null;

    string? IPartialScorer.Check(PlanContext plan) => null;

    /// <summary>By what the candidate has said and its number, so that the order of arrival does not matter.</summary>
    private static ValueTask<double?> Draw(Candidate candidate, int tokens, ScoringContext scoring)
    {
        int said = 17;
        foreach (var token in candidate.Tokens.Take(tokens))
            said = unchecked(said * 31 + token.Id);
        return new(scoring.Generation.Random(unchecked(said * 31 + candidate.Index)).NextDouble());
    }
}
