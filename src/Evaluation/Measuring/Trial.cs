using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>One request to whoever is measured.</summary>
public sealed record Trial
{
    public required string Question { get; init; }

    /// <summary>The plan as JSON, an array as in a request.</summary>
    public string Strategies { get; init; } = "[]";

    /// <summary>The verifiers as JSON, an array as in a request.</summary>
    public string Verifiers { get; init; } = "[]";
    public double Temperature { get; init; } = 0.8;
    public double TopP { get; init; } = 1;
    public required int MaxTokens { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>How many times the plan is run, with independent random streams.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Keep log-probabilities, entropies and rewards of every token of the answers.</summary>
    public bool WithTokens { get; init; }

    /// <summary>Keep what every candidate said, in order of creation.</summary>
    public bool WithAttempts { get; init; }
}

/// <summary>What came of a trial. It says nothing of right and wrong, so that it holds whatever the expected answer is.</summary>
/// <param name="Answers">In order of sampling.</param>
/// <param name="Bill">What it cost.</param>
public sealed record TrialOutcome(IReadOnlyList<TrialAnswer> Answers, TrialBill Bill)
{
    /// <summary>What every candidate said, if the trial asked for that.</summary>
    public IReadOnlyList<string> Attempts { get; init; } = [];
}

/// <param name="Text">The answer; empty when there is none.</param>
/// <param name="FinishReason">"stop", "length" or "abstained".</param>
/// <param name="Score">What the strategy judged it by.</param>
public sealed record TrialAnswer(string Text, string FinishReason, double? Score)
{
    /// <summary>"input" or "output" when the strategy abstained.</summary>
    public string? AbstainedAt { get; init; }

    /// <summary>Its tokens, if the trial asked for them.</summary>
    public TokenTrace? Tokens { get; init; }
}

/// <summary>Measurements of a completion's tokens, the end token included.</summary>
/// <param name="Ids">The tokens; empty where the target does not tell.</param>
/// <param name="LogProbs">Of each token, at temperature 1.</param>
/// <param name="Entropies">Of each token's distribution, in nats; NaN where the target does not tell.</param>
/// <param name="Values">Process reward of the text before each token; NaN without a value head.</param>
/// <param name="StepEnds">Tokens after which a reasoning step is complete.</param>
public sealed record TokenTrace(
    int[] Ids,
    [property: System.Text.Json.Serialization.JsonConverter(typeof(PackedFloats))] float[] LogProbs,
    [property: System.Text.Json.Serialization.JsonConverter(typeof(PackedFloats))] float[] Entropies,
    [property: System.Text.Json.Serialization.JsonConverter(typeof(PackedFloats))] float[] Values,
    int[] StepEnds);

/// <summary>Tokens by kind, as the server bills them; see <see cref="ComputeLedger"/>.</summary>
/// <param name="Flops">Estimated operations; NaN where the target does not tell.</param>
/// <param name="ScorerFlops">Of these, those of models beside the one that answers.</param>
/// <param name="Milliseconds">From request to answer, other trials running beside it.</param>
public sealed record TrialBill(int Prompt, int Cached, int Answer, int Discarded, int Forced, int Scorer, double Flops, double ScorerFlops, double Milliseconds)
{
    /// <summary>Everything computed beyond the prompt.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public int Completion => Answer + Discarded + Forced + Scorer;

    public static TrialBill Of(ComputeLedger ledger, TimeSpan elapsed) =>
        new(ledger.Prompt, ledger.Cached, ledger.Answer, ledger.Discarded, ledger.Forced, ledger.Scorer, ledger.EstimatedFlops, ledger.ScorerFlops, elapsed.TotalMilliseconds);
}
