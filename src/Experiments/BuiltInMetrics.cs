using System.Collections.Frozen;

namespace InferenceServer.Experiments;

/// <summary>What the server measures of each exposure by itself. Labels may not have these names.</summary>
public static class BuiltInMetrics
{
    /// <summary>Whether the request's verifiers passed the answer; the share of its choices when there are several. An abstention is no pass.</summary>
    public const string Verified = "verified";

    /// <summary>Whether no answer was given.</summary>
    public const string Abstained = "abstained";

    /// <summary>Whether the request failed on the server's side.</summary>
    public const string Error = "error";

    /// <summary>Whether the caller left before the end. What else such a request would have measured is missing.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>From the start of generation to its end.</summary>
    public const string LatencyMs = "latency_ms";

    /// <summary>All tokens that were computed: <see cref="PromptTokens"/> to <see cref="ScorerTokens"/> without the cached ones.</summary>
    public const string Tokens = "tokens";
    public const string PromptTokens = "prompt_tokens";
    public const string CachedTokens = "cached_tokens";
    public const string AnswerTokens = "answer_tokens";
    public const string DiscardedTokens = "discarded_tokens";
    public const string ForcedTokens = "forced_tokens";
    public const string ScorerTokens = "scorer_tokens";

    /// <summary>Estimated floating-point operations.</summary>
    public const string Flops = "flops";

    private static readonly FrozenSet<string> Proportions = FrozenSet.Create(Verified, Abstained, Error, Abandoned);

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        Verified, Abstained, Error, Abandoned, LatencyMs, Tokens, PromptTokens, CachedTokens, AnswerTokens, DiscardedTokens, ForcedTokens, ScorerTokens, Flops);

    public static bool Has(string name) => Names.Contains(name);

    /// <summary>Whether its values lie between 0 and 1.</summary>
    public static bool IsProportion(string name) => Proportions.Contains(name);

    /// <summary>Of all that is measured here only a passed verification is better when it is more.</summary>
    public static bool IsHigherBetter(string name) => !Has(name) || name == Verified;
}
