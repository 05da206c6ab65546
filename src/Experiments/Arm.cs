using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Experiments;

/// <summary>One way of answering that an experiment compares: a plan, sampling of its own, a model.</summary>
/// <param name="Name">Among the experiment's arms.</param>
public sealed record Arm(string Name)
{
    /// <summary>Its share of units, relative to the other arms' weights.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The plan as it was written, an array of objects; null takes <see cref="Model"/>'s, or plain sampling.</summary>
    public JsonElement? Strategies { get; init; }

    /// <summary>What it sets over the request's sampling; null for nothing.</summary>
    public ArmSampling? Sampling { get; init; }

    /// <summary>The model that answers, a strategy after a colon included; null for the one there is.</summary>
    public string? Model { get; init; }

    /// <summary>Why it takes no further units; null while it does.</summary>
    public string? Stopped { get; init; }

    /// <summary><see cref="Weight"/> as it is in force: 0 once the arm is stopped.</summary>
    [JsonIgnore] public double EffectiveWeight => Stopped is null ? Weight : 0;
}

/// <summary>Sampling settings that an arm sets over whatever the request says; null leaves the request's.</summary>
public sealed record ArmSampling
{
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? TopK { get; init; }
    public double? MinP { get; init; }
    public double? FrequencyPenalty { get; init; }
    public double? PresencePenalty { get; init; }
    public double? RepetitionPenalty { get; init; }
}
