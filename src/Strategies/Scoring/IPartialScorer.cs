using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>Grades the beginning of a candidate that may go on. Stateless: one instance serves all requests.</summary>
[PluginKind("partial scorer")]
public interface IPartialScorer
{
    /// <summary>The higher the better; null when it cannot be scored.</summary>
    /// <param name="candidate">Holds one token more than is graded, unless it has ended.</param>
    /// <param name="tokens">How many of its tokens are graded.</param>
    /// <param name="scoring">Lives as long as the strategy's run.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<double?> ScorePartAsync(Candidate candidate, int tokens, ScoringContext scoring, CancellationToken cancellationToken);

    /// <summary>What the model or the request lacks for it; null when nothing.</summary>
    string? Check(PlanContext plan) => null;
}
