using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Experiments;

/// <summary>Whether an experiment assigns units.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExperimentStatus>))]
public enum ExperimentStatus
{
    /// <summary>Defined by the requests that take part in it.</summary>
    [JsonStringEnumMemberName("inline")] Inline,

    /// <summary>Defined beforehand.</summary>
    [JsonStringEnumMemberName("running")] Running,

    [JsonStringEnumMemberName("stopped")] Stopped,
}

/// <summary>Several arms, of which each unit gets one. Immutable; its document in shared state is replaced as a whole.</summary>
/// <param name="Name">Among the tenant's experiments.</param>
/// <param name="Arms">The first is what the others are compared with.</param>
/// <param name="Created">When it was first heard of.</param>
public sealed record Experiment(string Name, IReadOnlyList<Arm> Arms, DateTimeOffset Created)
{
    public ExperimentStatus Status { get; init; } = ExperimentStatus.Running;

    /// <summary>Why and when it was stopped; null while it is not.</summary>
    public string? StoppedReason { get; init; }

    /// <summary>The weights of the arms, in their order, in each period before this one: a new period begins whenever weights change.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Past { get; init; } = [];

    /// <summary>The number of this period, from 0: exposures say in which they were assigned, and arms are compared inside a period only.</summary>
    [JsonIgnore] public int Phase => Past.Count;

    /// <summary>What chooses the arm of each request in place of weights, as it was written; null when weights do.</summary>
    public JsonElement? Router { get; init; }

    /// <summary>Weights that come into force later, the next one first.</summary>
    public IReadOnlyList<RampStep> Ramp { get; init; } = [];

    /// <summary>Limits whose breach stops an arm.</summary>
    public IReadOnlyList<Guardrail> Guardrails { get; init; } = [];

    /// <summary>What the experiment is about, declared before; empty takes verdicts and every label that comes.</summary>
    public IReadOnlyList<ExperimentMetric> Metrics { get; init; } = [];

    /// <summary>Where a request without <c>unit</c> takes it from; null is the API key, then <c>user</c>, then the prompt.</summary>
    public UnitSource? UnitBy { get; init; }

    /// <summary>The arms without their weights: what makes one experiment another under the same name.</summary>
    [JsonIgnore] public string Fingerprint => ArmsFingerprint.Of(Arms);

    /// <summary>The arm of this name; null when there is none.</summary>
    public Arm? Find(string arm) => Arms.FirstOrDefault(own => own.Name == arm);

    /// <summary>The weights in each period, this one included.</summary>
    [JsonIgnore] public IReadOnlyList<IReadOnlyList<double>> Periods => [.. Past, Weights];

    /// <summary>With other arms in force: the same ones with other weights, or without some. A period ends if that changes who gets what.</summary>
    public Experiment With(IReadOnlyList<Arm> arms)
    {
        Experiment next = this with { Arms = arms };
        return Assignment.Shares(next.Arms).SequenceEqual(Assignment.Shares(Arms)) ? next : next with { Past = [.. Past, Weights] };
    }

    /// <summary>Without one of its arms, whose units go to the others.</summary>
    public Experiment WithoutArm(string arm, string reason) => With([.. Arms.Select(own => own.Name == arm ? own with { Stopped = reason } : own)]);

    /// <summary>With the steps of the ramp that are due, in their order: one that is due waits for those before it.</summary>
    public Experiment Advance(DateTimeOffset now, long exposures)
    {
        Experiment next = this;
        while (next.Status != ExperimentStatus.Stopped && next.Ramp.Count > 0 && next.Ramp[0].IsDue(now, exposures))
        {
            RampStep step = next.Ramp[0];
            next = next.With([.. next.Arms.Select(arm => arm with { Weight = step.Weights.GetValueOrDefault(arm.Name, arm.Weight) })]) with { Ramp = [.. next.Ramp.Skip(1)] };
        }
        return next;
    }

    private double[] Weights => [.. Arms.Select(arm => arm.EffectiveWeight)];
}

/// <summary>Where a unit comes from when a request names none.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnitSource>))]
public enum UnitSource
{
    [JsonStringEnumMemberName("api_key")] ApiKey,
    [JsonStringEnumMemberName("user")] User,
    [JsonStringEnumMemberName("prompt")] Prompt,
}

/// <summary>What an experiment measures.</summary>
/// <param name="Name">A label's name in feedback, or one that the server measures (<see cref="BuiltInMetrics"/>).</param>
/// <param name="IsHigherBetter">Which way is up.</param>
public sealed record ExperimentMetric(string Name, bool IsHigherBetter = true)
{
    /// <summary>The smallest difference that matters; null for 0.05 of a proportion, and 5 % of the first arm's mean otherwise.</summary>
    public double? Margin { get; init; }
}

/// <summary>Weights that come into force at a time or after a number of exposures, whichever is given.</summary>
/// <param name="Weights">By arm.</param>
public sealed record RampStep(IReadOnlyDictionary<string, double> Weights)
{
    public DateTimeOffset? At { get; init; }
    public long? AfterExposures { get; init; }

    /// <summary>Whether it is due. The clock is the wall's: one that jumps ahead brings a step early, one that jumps back never takes a step back.</summary>
    public bool IsDue(DateTimeOffset now, long exposures) => (At is { } at && now >= at) || (AfterExposures is { } after && exposures >= after);
}

/// <summary>A limit on one metric. An arm is stopped when the whole always-valid interval lies beyond it, so looking often stops no arm by chance.</summary>
/// <param name="Metric">error, abandoned, abstained, latency_ms, tokens, flops or a label.</param>
public sealed record Guardrail(string Metric)
{
    /// <summary>The arm's mean at most.</summary>
    public double? Max { get; init; }

    /// <summary>The difference to the first arm's mean at most.</summary>
    public double? MaxIncrease { get; init; }
}
