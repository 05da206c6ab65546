using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>What a request cost, all its choices together.</summary>
public sealed record Bill(
    BillTokens Tokens,
    [property: Description("Floating-point operations of all forward passes, estimated from the model's size and the lengths.")] double EstimatedFlops,
    double ElapsedMs,
    [property: Description("The limit that ended the request early; absent when none did.")] string? BudgetExhausted)
{
    [Description("Of the operations, those of scorers that ran beside the candidates: a reward model, a judge, a gate.")]
    public required double ScorerFlops { get; init; }
    [Description("What each candidate cost.")]
    public required IReadOnlyList<CandidateBillBody> Candidates { get; init; }
}

/// <summary>One candidate's line of the bill.</summary>
public sealed record CandidateBillBody(
    [property: Description("The choice whose run it belongs to.")] int Choice,
    [property: Description("From 0, in order of creation.")] int Index,
    [property: Description("The candidate that it was forked from; absent when it began at the prompt.")] int? Parent,
    [property: Description("Tokens sampled by itself.")] int Sampled,
    [property: Description("Tokens in it that the model did not write.")] int Forced,
    [property: Description("Tokens that the engine sampled before it heard that the candidate had ended.")] int Overshoot,
    [property: Description("When it began, since its run did.")] double StartedMs,
    [property: Description("How long it lived.")] double ElapsedMs,
    [property: Description("Why it ended: stop, length, or why it was given up.")] string? FinishReason,
    [property: Description("Whether it is the answer.")] bool Selected);

/// <summary>Tokens by what they were computed for.</summary>
public sealed record BillTokens(
    [property: Description("Prompt tokens computed.")] long Prompt,
    [property: Description("Prompt tokens whose keys and values were there already, copied from another candidate or an earlier request.")] long Cached,
    [property: Description("Tokens of the answers.")] long Answer,
    [property: Description("Tokens of candidates that were not chosen.")] long Discarded,
    [property: Description("Tokens that a strategy put into candidates: feedback, echoes.")] long Forced,
    [property: Description("Tokens computed for scores.")] long Scorer);
