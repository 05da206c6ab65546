using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using InferenceServer.Experiments;

namespace InferenceServer.Server.Requests;

/// <summary>A request's part in an experiment.</summary>
public sealed record ExperimentFields
{
    [Description("The experiment: letters, digits, dots, hyphens and underscores. Not needed beside a model named exp/NAME.")]
    public string? Name { get; init; }

    [Description("Who should always get the same arm, a user for instance. Absent: the API key, else the request's user, else the prompt.")]
    public string? Unit { get; init; }

    [Description("What is compared, the first being what the others are compared with. Absent: an experiment of this name that exists.")]
    [Length(2, ExperimentRules.MaxArms)]
    public IReadOnlyList<ArmFields>? Arms { get; init; }

    [Description("Chooses the arm of each request in place of weights, and learns: {\"name\": \"thompson\", \"reward\": \"correct\"}. Only beside arms.")]
    public JsonElement? Router { get; init; }

    [Description("Take this arm whatever the unit's is, and stay out of the statistics.")]
    public string? Arm { get; init; }
}

/// <summary>One arm.</summary>
public sealed record ArmFields
{
    [Description("Tells it from the other arms.")]
    public required string Name { get; init; }

    [Description("Its share of units, relative to the other arms' weights.")]
    public double Weight { get; init; } = 1;

    [Description("Its plan, as a request's; absent is plain sampling.")]
    public JsonElement? Strategies { get; init; }

    [Description("Sampling settings that it sets over whatever requests say.")]
    public ArmSamplingFields? Sampling { get; init; }

    [Description("The model that answers, with a strategy after a colon if need be; absent means the one there is.")]
    public string? Model { get; init; }

    public Arm ToArm() => new(Name) { Weight = Weight, Strategies = Strategies?.Clone(), Sampling = Sampling?.ToSampling(), Model = Model };
}

/// <summary>An arm's own sampling.</summary>
public sealed record ArmSamplingFields
{
    [Description("0 is greedy; 1 samples from the model's own distribution."), Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    [Description("Sample from the smallest set of tokens whose probability reaches this mass; 1 keeps all."), Range(0.0, 1.0)]
    public double? TopP { get; init; }

    [Description("Sample from the k most probable tokens; 0 or -1 keeps all."), Range(-1, int.MaxValue)]
    public int? TopK { get; init; }

    [Description("Drop tokens less probable than this share of the most probable one; 0 keeps all."), Range(0.0, 1.0)]
    public double? MinP { get; init; }

    [Description("Subtracted from a token's logit once for each time it was sampled."), Range(-2.0, 2.0)]
    public double? FrequencyPenalty { get; init; }

    [Description("Subtracted from a token's logit once it was sampled."), Range(-2.0, 2.0)]
    public double? PresencePenalty { get; init; }

    [Description("Divides (positive) or multiplies (negative) the logits of tokens seen in prompt or completion; 1 is off."), Range(0.01, 10.0)]
    public double? RepetitionPenalty { get; init; }

    public ArmSampling ToSampling() => new()
    {
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        FrequencyPenalty = FrequencyPenalty,
        PresencePenalty = PresencePenalty,
        RepetitionPenalty = RepetitionPenalty,
    };
}
