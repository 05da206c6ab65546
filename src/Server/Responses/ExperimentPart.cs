using System.ComponentModel;
using InferenceServer.Server.Experiments;

namespace InferenceServer.Server.Responses;

/// <summary>The part that the request took in an experiment.</summary>
public sealed record ExperimentPart(
    string Name,
    [property: Description("The arm that answered.")] string Arm,
    [property: Description("Whether the request is on record and counts. Absent in the first event of a stream, when nobody knows yet.")] bool? Exposed)
{
    [Description("Why it does not count: forced (the request named the arm), same_work (all arms do the same for this request), nothing_generated, state_unavailable, or full.")]
    public string? Reason { get; init; }

    [Description("How likely a router was to choose this arm.")]
    public double? Propensity { get; init; }
    [Description("The request's context, as the router tells contexts apart.")]
    public string? Context { get; init; }

    /// <param name="part">Null for a request that takes part in nothing.</param>
    /// <param name="isOver">Whether the outcome is known.</param>
    public static ExperimentPart? From(Participation? part, bool isOver = true) =>
        part is null ? null : new(part.Experiment.Name, part.Arm.Name, isOver ? part.IsExposed : null)
        {
            Reason = isOver ? part.Reason : null,
            Propensity = part.Decision?.Propensity,
            Context = part.Decision?.Bucket,
        };
}
