using System.ComponentModel;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Responses;

/// <summary>One candidate of a request.</summary>
public sealed record CandidateBody(
    [property: Description("The choice whose run it belongs to.")] int Choice,
    [property: Description("From 0, in order of creation.")] int Index,
    string Text,
    [property: Description("stop, length, or why it ended otherwise; null when it was cut off."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason,
    [property: Description("Whether it is the answer.")] bool Selected,
    [property: Description("What the strategy judged it by; null when it was not judged."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Score,
    [property: Description("Sampled tokens.")] int TokenCount,
    [property: Description("Mean log-probability of its tokens; null without tokens."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? MeanLogprob,
    [property: Description("Every token, when logprobs was asked for.")] IReadOnlyList<ScoredToken>? Tokens);
