using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// Lightman et al., "Let's Verify Step by Step", arXiv:2305.20050: the reward of every reasoning step, made one number. It comes from the model's own value
/// head, so it costs nothing beyond the sampling.
/// </summary>
[Plugin("process_reward", "The value head's rewards at the ends of steps, aggregated.", Paper = "arXiv:2305.20050")]
public sealed class ProcessReward : IScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken)
    {
        double[] rewards = [.. candidate.Steps.Select(step => step.Reward).Where(reward => !double.IsNaN(reward))];
        return new(rewards.Length == 0 ? null : Aggregate(rewards, scoring.Aggregation));
    }

    public string? Check(PlanContext plan) =>
        plan.Model.HasValue ? null : $"process_reward needs a model with a value head, which {plan.Model.Name} lacks; likelihood and vote work with every model.";

    private static double Aggregate(double[] rewards, RewardAggregation aggregation) => aggregation switch
    {
        RewardAggregation.Last => rewards[^1],
        RewardAggregation.Min => rewards.Min(),
        RewardAggregation.Mean => rewards.Average(),
        RewardAggregation.Product => rewards.Aggregate(1.0, (product, reward) => product * reward),
        _ => throw new ArgumentOutOfRangeException(nameof(aggregation), aggregation, null),
    };
}
