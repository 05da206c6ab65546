using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>Ranks answers to one prompt against each other. Stateless: one instance serves all requests.</summary>
[PluginKind("selector")]
public interface ISelector
{
    /// <summary>
    /// A score for each answer, in their order, the higher the better; null for one that cannot be scored. Scores are comparable within one call only.
    /// </summary>
    /// <param name="answers">In the order of sampling.</param>
    /// <param name="scoring">Lives as long as the strategy's run, so what is costly is computed once.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<IReadOnlyList<double?>> ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken);

    /// <summary>What the model or the request lacks for it; null when nothing.</summary>
    string? Check(PlanContext plan) => null;
}
