namespace InferenceServer.Strategies.Scoring;

/// <summary>How the process rewards of a candidate's steps become one number.</summary>
public enum RewardAggregation
{
    /// <summary>The last step's: the reward of the whole text.</summary>
    Last,

    /// <summary>The worst step's: a chain is as good as its weakest link.</summary>
    Min,

    /// <summary>The average.</summary>
    Mean,

    /// <summary>All of them multiplied, as if they were independent probabilities of being right.</summary>
    Product,
}

public static class RewardAggregations
{
    /// <summary>Rewards that are NaN are left out; null when none is left.</summary>
    public static double? Aggregate(IEnumerable<double> rewards, RewardAggregation aggregation)
    {
        double[] known = [.. rewards.Where(reward => !double.IsNaN(reward))];
        return known.Length == 0 ? null : aggregation switch
        {
            RewardAggregation.Last => known[^1],
            RewardAggregation.Min => known.Min(),
            RewardAggregation.Mean => known.Average(),
            RewardAggregation.Product => known.Aggregate(1.0, (product, reward) => product * reward),
            _ => throw new ArgumentOutOfRangeException(nameof(aggregation), aggregation, null),
        };
    }
}
