using System.ComponentModel;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /api/experiments.</summary>
public sealed record ExperimentList(IReadOnlyList<ExperimentSummary> Data);

/// <summary>An experiment in a line.</summary>
public sealed record ExperimentSummary(
    string Name,
    [property: Description("running, stopped, or inline: defined by the requests that take part in it.")] string Status,
    IReadOnlyList<ArmWeight> Arms,
    [property: Description("Requests that count.")] long Exposures,
    DateTimeOffset Created)
{
    public static ExperimentSummary From(Experiment experiment, long exposures) => new(
        experiment.Name, ExperimentBody.Word(experiment.Status), [.. experiment.Arms.Select(arm => new ArmWeight(arm.Name, arm.EffectiveWeight))], exposures, experiment.Created);
}

/// <summary>An arm and its weight in force; 0 when it is stopped.</summary>
public sealed record ArmWeight(string Name, double Weight);

/// <summary>Answer of GET /api/experiments/{name}: what it says so far. It may be looked at as often as one likes.</summary>
public sealed record ExperimentBody(
    string Name,
    [property: Description("running, stopped, or inline: defined by the requests that take part in it.")] string Status,
    DateTimeOffset Created,
    IReadOnlyList<ArmBody> Arms,
    SampleRatioBody SampleRatio,
    [property: Description("What is reported, goals first.")] IReadOnlyList<MetricKindBody> Metrics)
{
    [Description("Why and when it was stopped.")]
    public string? StoppedReason { get; init; }
    [Description("What chooses arms in place of weights.")]
    public RouterBody? Router { get; init; }
    [Description("Weights that come into force later.")]
    public IReadOnlyList<RampBody>? Ramp { get; init; }
    public IReadOnlyList<GuardrailBody>? Guardrails { get; init; }
    public string? UnitBy { get; init; }

    public static ExperimentBody From(ExperimentReport report)
    {
        Experiment experiment = report.Experiment;
        return new(
            experiment.Name, Word(experiment.Status), experiment.Created, [.. report.Arms.Select(ArmBody.From)], new(report.SampleRatio.PValue, report.SampleRatio.Alarm),
            [.. report.Metrics.Select(MetricKindBody.From)])
        {
            StoppedReason = experiment.StoppedReason,
            Ramp = experiment.Ramp.Count == 0 ? null : [.. experiment.Ramp.Select(step => new RampBody(step.Weights) { At = step.At, AfterExposures = step.AfterExposures })],
            Guardrails = experiment.Guardrails.Count == 0 ? null : [.. experiment.Guardrails.Select(limit => new GuardrailBody(limit.Metric) { Max = limit.Max, MaxIncrease = limit.MaxIncrease })],
            UnitBy = experiment.UnitBy switch { null => null, UnitSource.ApiKey => "api_key", UnitSource.User => "user", _ => "prompt" },
        };
    }

    internal static string Word(ExperimentStatus status) => status switch { ExperimentStatus.Inline => "inline", ExperimentStatus.Running => "running", _ => "stopped" };
}

/// <summary>One arm so far.</summary>
public sealed record ArmBody(
    string Name,
    [property: Description("In force: 0 when the arm is stopped.")] double Weight,
    [property: Description("Its plan as it was given.")] JsonElement Strategies,
    [property: Description("Requests that it answered and that count.")] long Exposures,
    [property: Description("Of how many units. Statistics count units, whose requests are averaged.")] long Units,
    [property: Description("By name.")] IReadOnlyDictionary<string, MetricBody> Metrics)
{
    public ArmSampling? Sampling { get; init; }
    public string? Model { get; init; }
    [Description("Why it takes no further units.")]
    public string? Stopped { get; init; }

    public static ArmBody From(ArmReport report) => new(
        report.Arm.Name, report.Arm.EffectiveWeight, report.Arm.Strategies ?? JsonSerializer.SerializeToElement(Array.Empty<int>()), report.Exposures, report.Units,
        report.Metrics.ToDictionary(metric => metric.Key, metric => MetricBody.From(metric.Value)))
    {
        Sampling = report.Arm.Sampling,
        Model = report.Arm.Model,
        Stopped = report.Arm.Stopped,
    };
}

/// <summary>One metric of one arm; the first arm has no effect, interval or verdict.</summary>
public sealed record MetricBody(
    [property: Description("Units that have a value.")] long N,
    [property: Description("Over units.")] double Mean)
{
    [Description("The difference to the first arm's mean, without what the length of the prompts explains.")]
    public double? Effect { get; init; }
    [Description("Lower and upper end of the effect's 95 % interval, which holds at every moment at once and over all arms and metrics together.")]
    public IReadOnlyList<double>? Interval { get; init; }
    [Description("Always valid: it may be looked at at any time.")]
    public double? PValue { get; init; }
    [Description("leading, trailing, no_difference (that would matter) or too_early.")]
    public string? Verdict { get; init; }
    [Description("The verdict in a sentence.")]
    public string? Words { get; init; }

    public static MetricBody From(MetricReport report) => new(report.Count, report.Mean)
    {
        Effect = report.Comparison?.Effect,
        Interval = Ends(report.Comparison?.Interval),
        PValue = report.Comparison?.PValue,
        Verdict = report.Comparison is { } comparison ? JsonNamingPolicy.SnakeCaseLower.ConvertName(comparison.Verdict.ToString()) : null,
        Words = report.Comparison?.Words,
    };

    internal static IReadOnlyList<double>? Ends(Interval? interval) => interval is { } known ? [known.Low, known.High] : null;
}

/// <summary>Whether the arms got the units that their weights promise.</summary>
public sealed record SampleRatioBody(
    [property: Description("Always valid.")] double PValue,
    [property: Description("Something loses or adds requests of one arm: believe no comparison before it is found.")] bool Alarm);

/// <summary>What a metric is.</summary>
public sealed record MetricKindBody(
    string Name,
    [property: Description("proportion: values between 0 and 1; mean: any number.")] string Kind,
    [property: Description("higher or lower.")] string Better,
    [property: Description("Whether it is what the experiment is about, rather than a cost.")] bool Goal)
{
    [Description("The smallest difference that matters, where the experiment says one.")]
    public double? Margin { get; init; }

    public static MetricKindBody From(ReportedMetric metric) =>
        new(metric.Name, metric.Kind == MetricKind.Proportion ? "proportion" : "mean", metric.Better == InferenceServer.Experiments.Statistics.Better.Higher ? "higher" : "lower", metric.IsGoal) { Margin = metric.Margin };
}

/// <summary>A step of the ramp that is still to come.</summary>
public sealed record RampBody(IReadOnlyDictionary<string, double> Weights)
{
    public DateTimeOffset? At { get; init; }
    public long? AfterExposures { get; init; }
}

/// <summary>A limit.</summary>
public sealed record GuardrailBody(string Metric)
{
    public double? Max { get; init; }
    public double? MaxIncrease { get; init; }
}

/// <summary>Answer of GET /api/experiments/{name}/history.</summary>
public sealed record ExperimentHistory(string Metric, IReadOnlyList<ArmHistoryBody> Arms)
{
    public static ExperimentHistory From(ReportedMetric metric, IReadOnlyList<ArmHistory> arms) => new(metric.Name,
        [.. arms.Select(arm => new ArmHistoryBody(arm.Name, [.. arm.Points.Select(point => new EffectPointBody(point.Exposures, point.Effect, MetricBody.Ends(point.Interval)!, point.At))]))]);
}

/// <summary>How one arm's effect grew.</summary>
public sealed record ArmHistoryBody(string Name, IReadOnlyList<EffectPointBody> Points);

/// <summary>An effect when there were so many exposures of all arms.</summary>
public sealed record EffectPointBody(long Exposures, double Effect, IReadOnlyList<double> Interval, DateTimeOffset At);
