using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>Grades one candidate by itself; it may still be growing. A scorer is a selector too: the highest grade wins.</summary>
[PluginKind("scorer")]
public interface IScorer : ISelector
{
    /// <summary>The higher the better; null when it cannot be scored.</summary>
    ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken);

    async ValueTask<IReadOnlyList<double?>> ISelector.ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken)
    {
        var scores = new double?[answers.Count];
        for (int i = 0; i < scores.Length; i++)
            scores[i] = await scoring.OnceAsync(this, answers[i].Candidate, cancellationToken);
        return scores;
    }
}
