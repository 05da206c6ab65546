using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// Lightman et al., "Let's Verify Step by Step", arXiv:2305.20050: the reward of every reasoning step, made one number. It comes from the model's own value
/// head, so it costs nothing beyond the sampling.
/// </summary>
[Plugin("process_reward", "The value head's rewards at the ends of steps, aggregated.", Paper = "arXiv:2305.20050")]
public sealed class ProcessReward : IScorer, IPartialScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) =>
        new(RewardAggregations.Aggregate([.. candidate.Steps.Select(step => step.Reward)], scoring.Aggregation));

    /// <summary>The part's own end counts as the end of a step.</summary>
    public ValueTask<double?> ScorePartAsync(Candidate candidate, int tokens, ScoringContext scoring, CancellationToken cancellationToken) =>
        new(RewardAggregations.Aggregate(
            [.. candidate.Steps.Where(step => step.EndToken < tokens).Select(step => step.Reward), candidate.RewardAfter(tokens)], scoring.Aggregation));

    public string? Check(PlanContext plan) =>
        plan.Model.HasValue ? null : $"process_reward needs a model with a value head, which {plan.Model.Name} lacks; likelihood works with every model.";
}
