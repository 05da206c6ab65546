using System.ComponentModel;
using System.Text.Json;

namespace InferenceServer.Server.Calibration;

/// <summary>How a plan's confidence relates to being right, measured on labelled questions.</summary>
public sealed record StoredCalibration
{
    public required string Name { get; init; }
    [Description("The model it was measured with.")]
    public required string Model { get; init; }
    [Description("That model's fingerprint: with another one the thresholds mean nothing.")]
    public required string SystemFingerprint { get; init; }
    [Description("The plan whose answers were judged.")]
    public required JsonElement Strategies { get; init; }
    [Description("Unix seconds.")]
    public required long Created { get; init; }
    [Description("Questions asked.")]
    public required int Questions { get; init; }
    [Description("Of those, questions that have no answer: whatever was answered counts as wrong.")]
    public required int Unanswerable { get; init; }
    [Description("Questions whose answer had no score: nothing was answered, or the plan does not score. They count as never answered.")]
    public required int Unscored { get; init; }
    [Description("The risk that was asked for.")]
    public required double TargetRisk { get; init; }
    [Description("The confidence from which on answers keep that risk, by the upper end of its 95 % interval; null when none does."), System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public required double? Threshold { get; init; }
    [Description("Mean risk over all coverages; the lower the better.")]
    public required double AreaUnderCurve { get; init; }
    [Description("From the surest answers on; at most 200 points, evenly taken.")]
    public required IReadOnlyList<CurvePoint> Curve { get; init; }
}

/// <summary>One threshold.</summary>
public sealed record CurvePoint(
    double Threshold,
    [property: Description("Share of all questions that are answered.")] double Coverage,
    [property: Description("Share of wrong answers among those.")] double Risk,
    [property: Description("Upper end of the risk's 95 % interval.")] double RiskUpper);

/// <summary>Answer of GET /api/calibration.</summary>
public sealed record CalibrationList([property: Description("In order of name.")] IReadOnlyList<StoredCalibration> Calibrations);
