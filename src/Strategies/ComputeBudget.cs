namespace InferenceServer.Strategies;

/// <summary>
/// Limits of one request; null is none. When one is reached the last answer yielded stands, and if there is none yet, what was sampled so far.
/// </summary>
public sealed record ComputeBudget
{
    public static ComputeBudget Unlimited { get; } = new();

    /// <summary>Prompt (once, cached or not), sampled tokens of every candidate, forced and scored tokens together.
    /// Rows already in flight when it is reached may add a token each.</summary>
    public int? MaxTotalTokens { get; init; }

    /// <summary>Operations as <see cref="ComputeLedger.EstimatedFlops"/> counts them. Rows in flight when it is reached may add a token each.</summary>
    public double? MaxFlops { get; init; }

    /// <summary>From the start of the run.</summary>
    public TimeSpan? Deadline { get; init; }
}
