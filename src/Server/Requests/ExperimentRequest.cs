using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Body of PUT /api/experiments/{name}.</summary>
public sealed record ExperimentRequest
{
    [Description("What is compared, the first being what the others are compared with."), Length(2, ExperimentRules.MaxArms)]
    public required IReadOnlyList<ArmFields> Arms { get; init; }

    [Description("Chooses the arm of each request in place of weights, and learns: {\"name\": \"thompson\", \"reward\": \"correct\"}.")]
    public JsonElement? Router { get; init; }

    [Description("Weights that come into force later, in this order."), Length(0, ExperimentRules.MaxRamp)]
    public IReadOnlyList<RampFields>? Ramp { get; init; }

    [Description("Limits whose breach stops an arm."), Length(0, ExperimentRules.MaxGuardrails)]
    public IReadOnlyList<GuardrailFields>? Guardrails { get; init; }

    [Description("What the experiment is about. Absent: the verifiers' verdict and every label that comes."), Length(0, ExperimentRules.MaxMetrics)]
    public IReadOnlyList<MetricFields>? Metrics { get; init; }

    [Description("Where requests without a unit take it from: api_key, user or prompt. Absent: the API key, else the user, else the prompt.")]
    public string? UnitBy { get; init; }

    /// <exception cref="ApiException">Something in it cannot be; whether the arms' plans can run is not asked here.</exception>
    public Experiment ToExperiment(string name, DateTimeOffset now)
    {
        var experiment = new Experiment(name, [.. Arms.Select(arm => arm.ToArm())], now)
        {
            Router = Router?.Clone(),
            Ramp = [.. (Ramp ?? []).Select((step, index) => step.ToStep($"ramp[{index}]"))],
            Guardrails = [.. (Guardrails ?? []).Select(guardrail => new Guardrail(guardrail.Metric) { Max = guardrail.Max, MaxIncrease = guardrail.MaxIncrease })],
            Metrics = [.. (Metrics ?? []).Select((metric, index) => metric.ToMetric($"metrics[{index}]"))],
            UnitBy = UnitBy switch
            {
                null => null,
                "api_key" => UnitSource.ApiKey,
                "user" => UnitSource.User,
                "prompt" => UnitSource.Prompt,
                _ => throw ApiException.InvalidValue("unit_by", $"is '{JsonKind.Shorten(UnitBy)}'; allowed are api_key, user and prompt."),
            },
        };
        return ExperimentRules.Check(experiment) is { } problem ? throw ApiException.InvalidValue(problem.Field, problem.Message) : experiment;
    }
}

/// <summary>A step of a ramp.</summary>
public sealed record RampFields
{
    [Description("When: a time such as 2026-12-01T08:00:00Z, by the server's clock. Either this or after_exposures.")]
    public string? At { get; init; }

    [Description("When: after so many exposures of all arms. Either this or at."), Range(1, long.MaxValue)]
    public long? AfterExposures { get; init; }

    [Description("The weights from then on, by arm; an arm that is not named keeps its own.")]
    public required WeightsValue Weights { get; init; }

    internal RampStep ToStep(string path) => new(Weights.ByArm)
    {
        AfterExposures = AfterExposures,
        At = At is null ? null : DateTimeOffset.TryParse(At, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at
            : throw ApiException.InvalidValue($"{path}.at", $"is '{JsonKind.Shorten(At)}', which is no time; write it as 2026-12-01T08:00:00Z."),
    };
}

/// <summary>A limit.</summary>
public sealed record GuardrailFields
{
    [Description("error, abandoned, abstained, latency_ms, tokens, flops, another metric that the server measures, or a label.")]
    public required string Metric { get; init; }

    [Description("An arm's mean at most. Either this or max_increase.")]
    public double? Max { get; init; }

    [Description("An arm's mean above the first arm's at most. Either this or max.")]
    public double? MaxIncrease { get; init; }
}

/// <summary>A metric that an experiment is about.</summary>
public sealed record MetricFields
{
    [Description("A label's name, or verified, tokens, latency_ms and so on.")]
    public required string Name { get; init; }

    [Description("Which way is up: higher or lower. Absent: higher for labels and verified, lower for costs.")]
    public string? Better { get; init; }

    [Description("The smallest difference that matters: within it the verdict is no_difference. Absent: 0.05 of a proportion, 5 % of the first arm's mean otherwise.")]
    public double? Margin { get; init; }

    internal ExperimentMetric ToMetric(string path) => new(Name, Better switch
    {
        null => BuiltInMetrics.IsHigherBetter(Name),
        "higher" => true,
        "lower" => false,
        _ => throw ApiException.InvalidValue($"{path}.better", $"is '{JsonKind.Shorten(Better)}'; allowed are higher and lower."),
    })
    { Margin = Margin };
}
