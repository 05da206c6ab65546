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
