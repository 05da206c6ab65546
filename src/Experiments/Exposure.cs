using InferenceServer.Experiments.Routers;

namespace InferenceServer.Experiments;

/// <summary>One request that took part in an experiment, and what is known of it when its response ends. Labels that come later are <see cref="RequestLabels"/>.</summary>
/// <param name="Request">Its response's name.</param>
/// <param name="Arm">The arm that answered.</param>
/// <param name="Unit">The unit's pseudonym; requests of one unit are not independent of each other.</param>
/// <param name="Phase">The period, the experiment's <see cref="Experiment.Phase"/> when the arm was assigned.</param>
/// <param name="At">When the request came.</param>
/// <param name="PromptTokens">Length of the prompt: known before the arm was, so it may explain a part of the spread.</param>
/// <param name="Metrics">By <see cref="BuiltInMetrics"/>; one that the request does not have is not there.</param>
public sealed record Exposure(string Request, string Arm, string Unit, int Phase, DateTimeOffset At, double PromptTokens, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>How a router chose the arm; null when weights did.</summary>
    public RouterDecision? Decision { get; init; }
}

/// <summary>What was said about a request afterwards.</summary>
public sealed record RequestLabels
{
    /// <summary>The experiment that it took part in; null for none.</summary>
    public string? Experiment { get; init; }

    /// <summary>How a router chose its arm; null when none did.</summary>
    public RouterDecision? Decision { get; init; }

    /// <summary>What it cost, where a router chose; null when that is not known.</summary>
    public RequestCost? Cost { get; init; }

    /// <summary>The value of the router's metric that it has learnt from; null while it waits.</summary>
    public double? Rewarded { get; init; }

    public IReadOnlyDictionary<string, Label> Labels { get; init; } = new Dictionary<string, Label>();
}

/// <summary>One label.</summary>
/// <param name="Value">A number; true is 1 and false is 0.</param>
/// <param name="IsBoolean">Whether it was given as true or false.</param>
/// <param name="Created">When it came last.</param>
public sealed record Label(double Value, bool IsBoolean, DateTimeOffset Created);
