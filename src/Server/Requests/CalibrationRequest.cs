using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/calibration/{name}.</summary>
public sealed record CalibrationRequest
{
    [Description("Labelled questions."), Length(1, 10_000)]
    public required IReadOnlyList<LabelledFields> Problems { get; init; }

    [Description("The plan to calibrate: its answers' scores are the confidence.")]
    public required JsonElement Strategies { get; init; }

    [Description("The share of wrong answers among those given that is wanted at most."), Range(0.0001, 1.0)]
    public double TargetRisk { get; init; } = 0.1;

    [Description("Of the sampling."), Range(0.0, 2.0)]
    public double Temperature { get; init; } = 1;

    [Description("Tokens of one candidate at most."), Range(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    [Description("The same questions and seed give the same curve.")]
    public long Seed { get; init; }
}

/// <summary>A question with its right answer.</summary>
public sealed record LabelledFields
{
    [Description("The question, as a user would ask it.")]
    public required string Question { get; init; }

    [Description("The right answer; absent or null where there is none, so that whatever is answered is wrong.")]
    public string? Answer { get; init; }
}
