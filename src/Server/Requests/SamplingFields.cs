using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>The fields that every generating request has: how tokens are drawn, where a completion ends, and the strategy plan.</summary>
public abstract record SamplingFields
{
    [Description("Name of the served model, with a strategy after a colon if need be (reasoner:best_of_n), or of an experiment (exp/checkout); absent means the one model there is.")]
    public string? Model { get; init; }

    [Description("0 is greedy; 1 samples from the model's own distribution."), Range(0.0, 2.0)]
    public double Temperature { get; init; } = 1;

    [Description("Sample from the smallest set of tokens whose probability reaches this mass; 1 keeps all."), Range(0.0, 1.0)]
    public double TopP { get; init; } = 1;

    [Description("Sample from the k most probable tokens; 0 or -1 keeps all."), Range(-1, int.MaxValue)]
    public int TopK { get; init; }

    [Description("Drop tokens less probable than this share of the most probable one; 0 keeps all."), Range(0.0, 1.0)]
    public double MinP { get; init; }

    [Description("Subtracted from a token's logit once for each time it was sampled."), Range(-2.0, 2.0)]
    public double FrequencyPenalty { get; init; }

    [Description("Subtracted from a token's logit once it was sampled."), Range(-2.0, 2.0)]
    public double PresencePenalty { get; init; }

    [Description("Divides (positive) or multiplies (negative) the logits of tokens seen in prompt or completion; 1 is off."), Range(0.01, 10.0)]
    public double RepetitionPenalty { get; init; } = 1;

    [Description("Added to the logits of single tokens: an object from token id, as a string, to -100..100.")]
    public LogitBiasValue? LogitBias { get; init; }

    [Description("The same model, request and seed give the same tokens. Absent: drawn at random; the response says which it was.")]
    public long? Seed { get; init; }

    [Description("Strings that end the text; it stops before them. One string or an array of up to 16.")]
    public StopValue? Stop { get; init; }

    [Description("Go on past the model's end token, up to the limit of tokens.")]
    public bool IgnoreEos { get; init; }

    [Description("Send the answer as server-sent events while it grows.")]
    public bool Stream { get; init; }

    [Description("The plan: an ordered array of strategies, the first is outermost. Absent or empty is plain sampling. GET /api/strategies lists them.")]
    public JsonElement? Strategies { get; init; }

    [Description("Short for a plan of one strategy.")]
    public JsonElement? Strategy { get; init; }

    [Description("What judges whether an answer is right, for strategies that ask: an array of objects such as {\"name\": \"numeric\", \"reference\": \"42\"}.")]
    public JsonElement? Verifiers { get; init; }

    [Description("Take part in an experiment: its arm decides the plan, so the request has none of its own.")]
    public ExperimentFields? Experiment { get; init; }

    [Description("Who asks, in your words: decides the arm of an experiment when no unit is named; otherwise not used.")]
    public string? User { get; init; }

    [Description("Limits of the whole request; when one is reached the best answer so far is returned.")]
    public BudgetFields? Budget { get; init; }

    [Description("Extra top-level members of the response: \"bill\", \"candidates\", \"trace\".")]
    public IncludeValue? Include { get; init; }

    [Description("A plan to run afterwards on idle capacity, with the same prompt and seed; its outcome is paired with the answer in the request's trace.")]
    public ShadowFields? Shadow { get; init; }

    [Description("Leave a trace of this request, if the server keeps traces: GET /api/traces.")]
    public bool Trace { get; init; } = true;
}

/// <summary>Limits of one request.</summary>
public sealed record BudgetFields
{
    [Description("Tokens computed for the request, prompt and discarded candidates included."), Range(1, int.MaxValue)]
    public int? MaxTotalTokens { get; init; }

    [Description("Floating-point operations, as the bill estimates them."), Range(1.0, double.MaxValue)]
    public double? MaxFlops { get; init; }

    [Description("Milliseconds from the start of generation."), Range(1, int.MaxValue)]
    public int? DeadlineMs { get; init; }
}
