using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>What a request cost, all its choices together.</summary>
public sealed record Bill(
    BillTokens Tokens,
    [property: Description("Floating-point operations of all forward passes, estimated from the model's size and the lengths.")] double EstimatedFlops,
    double ElapsedMs,
    [property: Description("The limit that ended the request early; absent when none did.")] string? BudgetExhausted);

/// <summary>Tokens by what they were computed for.</summary>
public sealed record BillTokens(
    [property: Description("Prompt tokens computed.")] long Prompt,
    [property: Description("Prompt tokens whose keys and values were there already, copied from another candidate or an earlier request.")] long Cached,
    [property: Description("Tokens of the answers.")] long Answer,
    [property: Description("Tokens of candidates that were not chosen.")] long Discarded,
    [property: Description("Tokens that a strategy put into candidates: feedback, echoes.")] long Forced,
    [property: Description("Tokens computed for scores.")] long Scorer);
