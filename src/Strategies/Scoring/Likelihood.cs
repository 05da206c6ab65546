using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// Mean raw log-probability of a token, end token included: temperature 1, before truncation, so that samples at any temperature are comparable; the mean does
/// not favour short answers.
/// </summary>
[Plugin("likelihood", "Mean log-probability of the answer's tokens.")]
public sealed class Likelihood : IScorer, IPartialScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) =>
        new(candidate.SampledCount > 0 ? candidate.MeanLogProb : null);

    public ValueTask<double?> ScorePartAsync(Candidate candidate, int tokens, ScoringContext scoring, CancellationToken cancellationToken)
    {
        double[] logProbs = [.. candidate.Tokens.Take(tokens).Select(token => (double)token.LogProb).Where(logProb => !double.IsNaN(logProb))];
        return new(logProbs.Length > 0 ? logProbs.Average() : null);
    }

    string? ISelector.Check(PlanContext plan) => null;

    string? IPartialScorer.Check(PlanContext plan) => null;
}
