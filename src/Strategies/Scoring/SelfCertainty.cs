using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// Kang et al., "Scalable Best-of-N Selection for Large Language Models via Self-Certainty", arXiv:2502.18581: how far the model's next-token distributions are
/// from uniform, averaged over the answer.
/// Differences from the paper: the divergence is that of the distribution from uniform, log V minus the entropy, which the engine reports anyway, rather than
/// that of uniform from the distribution, which would need every logit.
/// </summary>
[Plugin("self_certainty", "How far the next-token distributions are from uniform, on average.", Paper = "arXiv:2502.18581")]
public sealed class SelfCertainty : IScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken)
    {
        double[] entropies = [.. candidate.Tokens.Select(token => (double)token.Entropy).Where(entropy => !double.IsNaN(entropy))];
        return new(entropies.Length == 0 ? null : Math.Log(scoring.Generation.Model.Tokenizer.VocabSize) - entropies.Average());
    }
}
