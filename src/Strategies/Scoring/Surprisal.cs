using InferenceServer.Plugins;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// "Surprisal-Guided Selection", arXiv:2602.07670: among the answers that a verifier passed, the one that the model found least likely, by mean negative
/// log-likelihood of its tokens; rare solutions may be the good ones where quality is graded.
/// Differences from the paper: equal texts count once, by their most surprising copy; without a verifier, or when none passes, it falls back to the vote and
/// says so. The evidence is ten runs, so it is no default anywhere.
/// </summary>
[Plugin("surprisal", "Among verified answers, the least likely one.", Paper = "arXiv:2602.07670")]
public sealed class Surprisal(PluginSet<ISelector> selectors) : ISelector
{
    public ValueTask<IReadOnlyList<double?>> ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken) =>
        VerifiedOrVoteAsync(selectors, answers, scoring, verified => Score(verified), cancellationToken);

    /// <summary>Scores the verified answers; those of the others are null. Without a verified one, the votes.</summary>
    internal static async ValueTask<IReadOnlyList<double?>> VerifiedOrVoteAsync(
        PluginSet<ISelector> selectors, IReadOnlyList<Answer> answers, ScoringContext scoring,
        Func<IReadOnlyList<(int At, Answer Answer, Verdict Verdict)>, Dictionary<int, double>> score, CancellationToken cancellationToken)
    {
        var verified = new List<(int At, Answer Answer, Verdict Verdict)>();
        for (int i = 0; i < answers.Count && scoring.Generation.HasVerifiers; i++)
            if (await scoring.Generation.VerifyAsync(answers[i], cancellationToken) is { IsPass: true } verdict)
                verified.Add((i, answers[i], verdict));
        scoring.Fallback = verified.Count > 0 ? null
            : scoring.Generation.HasVerifiers ? "No answer passed verification, so surprisal was not used: the answer was chosen by vote."
            : "Surprisal selects among verified answers only, and the request has no verifiers: the answer was chosen by vote.";
        if (verified.Count == 0)
            return await selectors["vote"].ScoreAsync(answers, scoring, cancellationToken);
        // Of equal texts, the most surprising copy.
        Dictionary<int, double> scores = score([.. verified
            .GroupBy(v => v.Answer.Text.Trim(), StringComparer.Ordinal)
            .Select(copies => copies.MinBy(v => v.Answer.Candidate.MeanLogProb))]);
        return [.. answers.Select((_, i) => scores.TryGetValue(i, out double value) ? value : (double?)null)];
    }

    private static Dictionary<int, double> Score(IReadOnlyList<(int At, Answer Answer, Verdict Verdict)> verified) =>
        verified.ToDictionary(v => v.At, v => -v.Answer.Candidate.MeanLogProb);
}

/// <summary>
/// The form of arXiv:2602.07670 that its own table favours: of the three most surprising verified answers, the one of the best measured quality.
/// Differences from the paper: quality is what a verifier reports, else the process reward; without either the most surprising one stands.
/// </summary>
[Plugin("surprisal_top3", "Of the three least likely verified answers, the one of the best measured quality.", Paper = "arXiv:2602.07670")]
public sealed class SurprisalTop3(PluginSet<ISelector> selectors) : ISelector
{
    private const int Measured = 3;

    public ValueTask<IReadOnlyList<double?>> ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken) =>
        Surprisal.VerifiedOrVoteAsync(selectors, answers, scoring, verified =>
        {
            var top = verified.OrderBy(v => v.Answer.Candidate.MeanLogProb).ThenBy(v => v.At).Take(Measured).ToList();
            double?[] quality = [.. top.Select(v => v.Verdict.Quality
                ?? RewardAggregations.Aggregate(v.Answer.Candidate.Steps.Select(step => step.Reward), RewardAggregation.Last))];
            // Qualities are comparable only when all three have one.
            return top.Select((v, rank) => (v.At, Score: quality.All(q => q is not null) ? quality[rank]!.Value : -v.Answer.Candidate.MeanLogProb))
                .ToDictionary(v => v.At, v => v.Score);
        }, cancellationToken);
}
