using System.ComponentModel;
using System.Text.Json.Serialization;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Responses;

/// <summary>Why a choice is no answer.</summary>
public sealed record AbstentionBody(
    [property: Description("input: the request cannot be answered; output: the answer is not trusted.")] string Stage,
    [property: Description("impossible, vague, low_confidence or incorrect.")] string Label,
    [property: Description("A sentence for the reader.")] string Reason,
    [property: Description("What the request lacks, as far as it could be named.")] IReadOnlyList<string> Missing,
    [property: Description("From 0 to 1; null where it was not measured."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Confidence)
{
    public static AbstentionBody? From(Abstention? abstention) => abstention is null
        ? null
        : new(abstention.Stage, abstention.Label, abstention.Reason, abstention.Missing, JsonFloat.OrNull(abstention.Confidence));
}
