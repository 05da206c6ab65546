using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Evaluation.Pools;

/// <summary>A number for a sample, the higher the better, NaN when it cannot be had: the strategies' scorers, read off a pool.</summary>
/// <param name="Name">As plans spell it.</param>
/// <param name="Whole">Of the whole sample.</param>
/// <param name="Part">Of its first so many tokens.</param>
public sealed record PoolScore(string Name, Func<PooledSample, double> Whole, Func<PooledSample, int, double> Part)
{
    public static readonly PoolScore Likelihood = new("likelihood", sample => sample.MeanLogProb, (sample, tokens) => sample.LogProbAfter(tokens));

    /// <summary>Up to the logarithm of the vocabulary's size, which is the same for all.</summary>
    public static readonly PoolScore SelfCertainty = new("self_certainty", sample => -sample.Trace.Entropies.Average(x => (double)x), (sample, tokens) => -sample.Trace.Entropies.Take(tokens).Average(x => (double)x));
    public static readonly PoolScore ValueHead = Reward("process_reward", RewardAggregation.Last, (sample, tokens) => sample.ValueAfter(tokens));
    public static readonly PoolScore RewardModel = Reward("reward_model", RewardAggregation.Last, (sample, tokens) => sample.RewardModelAfter(tokens));

    /// <summary>Rewards at the ends of steps made one number. The reward model's plug-in grades the whole text alone, which is <see cref="RewardAggregation.Last"/>.</summary>
    public static PoolScore Reward(string name, RewardAggregation aggregation, Func<PooledSample, int, double> reward) => new(
        aggregation == RewardAggregation.Last ? name : $"{name}, {aggregation.ToString().ToLowerInvariant()}",
        sample => RewardAggregations.Aggregate(sample.Trace.StepEnds.Select(end => reward(sample, end)), aggregation) ?? double.NaN,
        (sample, tokens) => RewardAggregations.Aggregate([.. sample.Trace.StepEnds.Where(end => end < tokens).Select(end => reward(sample, end)), reward(sample, tokens)], aggregation) ?? double.NaN);
}
