using System.ComponentModel;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /api/diagnostics/echo-gap. Log-probabilities are means, in nats a token.</summary>
public sealed record EchoGapResponse(
    string Model,
    [property: Description("Whether the completion repeats more than half of the question's words in its first 500 characters.")] bool HasEcho,
    [property: Description("What it begins with and repeats the question; empty when no first sentence does.")] string Echo,
    [property: Description("Tokens of that.")] int EchoTokens,
    [property: Description("Of the completion as it is.")] double RawMeanLogprob,
    [property: Description("Of the completion without its echo; null when nothing else is there."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? TrimmedMeanLogprob,
    [property: Description("raw - trimmed; 0 without an echo, null when nothing else is there."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Gap,
    [property: Description("Of what follows the echo: after it less without it. Look at this one: the gap mostly says that the trimmed text begins unnaturally."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? SuffixGap);
