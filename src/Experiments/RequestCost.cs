namespace InferenceServer.Experiments;

/// <summary>What a request cost, kept with the place for its labels: a reward that comes days later has the cost taken off as well.</summary>
/// <param name="CompletionTokens">Everything that was generated, discarded candidates and scorers included.</param>
/// <param name="Seconds">From the start of generation to its end.</param>
public sealed record RequestCost(double CompletionTokens, double Seconds)
{
    /// <summary>Null when the exposure did not run to its end: what that cost is not known.</summary>
    public static RequestCost? Of(Exposure exposure) => exposure.Metrics.TryGetValue(BuiltInMetrics.LatencyMs, out double milliseconds)
        ? new(Generated.Sum(metric => exposure.Metrics.GetValueOrDefault(metric)), milliseconds / 1000) : null;

    private static readonly string[] Generated = [BuiltInMetrics.AnswerTokens, BuiltInMetrics.DiscardedTokens, BuiltInMetrics.ForcedTokens, BuiltInMetrics.ScorerTokens];
}
