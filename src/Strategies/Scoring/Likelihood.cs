using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// Mean raw log-probability of a token, end token included: temperature 1, before truncation, so that samples at any temperature are comparable; the mean does
/// not favour short answers.
/// </summary>
[Plugin("likelihood", "Mean log-probability of the answer's tokens.")]
public sealed class Likelihood : IScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) =>
        new(candidate.Tokens.Count > 0 ? candidate.MeanLogProb : null);
}
