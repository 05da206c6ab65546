using System.Globalization;
using InferenceServer.Experiments.Routers;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments;

/// <summary>What is wrong with an experiment.</summary>
/// <param name="Field">Its path inside the experiment, <c>arms[1].weight</c> for instance.</param>
/// <param name="Message">What is wrong there and what is allowed; the path is not repeated.</param>
public sealed record ExperimentProblem(string Field, string Message);

/// <summary>What an experiment must keep to. Whether an arm's plan can run is for whoever knows the strategies to say.</summary>
public static class ExperimentRules
{
    public const int MaxName = 64, MaxUnit = 256, MaxArms = 16, MaxRamp = 32, MaxGuardrails = 16, MaxMetrics = 16;

    /// <summary>Weights lie between its inverse and itself: beyond that an arm gets nobody, or everybody.</summary>
    public const double MaxWeight = 1e6;

    /// <summary>Letters, digits, dots, hyphens and underscores, the first a letter or digit: a name stands in addresses, headers and keys.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= MaxName && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>Null when all is well.</summary>
    public static ExperimentProblem? Check(Experiment experiment) => CheckName("name", experiment.Name)
        ?? CheckArms(experiment.Arms) ?? CheckRamp(experiment) ?? CheckGuardrails(experiment.Guardrails) ?? CheckMetrics(experiment.Metrics) ?? CheckRouter(experiment);

    private static ExperimentProblem? CheckRouter(Experiment experiment)
    {
        if (experiment.Router is null)
            return null;
        if (experiment.Ramp.Count > 0)
            return new("ramp", "and a router are both given; a router decides how much each arm gets, so leave one of them out.");
        try
        {
            return ExperimentRouter.Of(experiment)!.Metric is var metric && IsName(metric) ? null : new("router.reward", "must be a metric's name: a label's, or one that the server measures, such as verified.");
        }
        catch (PluginOptionsException e)
        {
            return new(e.Path, e.Reason);
        }
    }

    private static ExperimentProblem? CheckArms(IReadOnlyList<Arm> arms)
    {
        if (arms.Count is < 2 or > MaxArms)
            return new("arms", $"has {arms.Count} arm(s); an experiment compares 2 to {MaxArms}.");
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < arms.Count; i++)
        {
            Arm arm = arms[i];
            if (CheckName($"arms[{i}].name", arm.Name) is { } problem)
                return problem;
            if (!seen.TryAdd(arm.Name, i))
                return new($"arms[{i}].name", $"is '{arm.Name}', the name of arms[{seen[arm.Name]}] too; arms are told apart by their names.");
            if (CheckWeight($"arms[{i}].weight", arm.Weight) is { } weight)
                return weight;
        }
        return null;
    }

    private static ExperimentProblem? CheckRamp(Experiment experiment)
    {
        if (experiment.Ramp.Count > MaxRamp)
            return new("ramp", $"has {experiment.Ramp.Count} steps; at most {MaxRamp} are allowed.");
        for (int i = 0; i < experiment.Ramp.Count; i++)
        {
            RampStep step = experiment.Ramp[i];
            if (step.At is null == step.AfterExposures is null)
                return new($"ramp[{i}]", "needs 'at' (a time) or 'after_exposures' (a number), and not both.");
            if (step.AfterExposures < 1)
                return new($"ramp[{i}].after_exposures", "must be at least 1.");
            if (step.Weights.Count == 0)
                return new($"ramp[{i}].weights", "names no arm.");
            foreach ((string arm, double value) in step.Weights)
                if (experiment.Find(arm) is null)
                    return new($"ramp[{i}].weights.{arm}", $"names no arm; there are {string.Join(", ", experiment.Arms.Select(own => own.Name))}.");
                else if (CheckWeight($"ramp[{i}].weights.{arm}", value) is { } problem)
                    return problem;
        }
        return null;
    }

    private static ExperimentProblem? CheckGuardrails(IReadOnlyList<Guardrail> guardrails)
    {
        if (guardrails.Count > MaxGuardrails)
            return new("guardrails", $"has {guardrails.Count} limits; at most {MaxGuardrails} are allowed.");
        for (int i = 0; i < guardrails.Count; i++)
            if (CheckName($"guardrails[{i}].metric", guardrails[i].Metric) is { } problem)
                return problem;
            else if (guardrails[i].Max is null == guardrails[i].MaxIncrease is null)
                return new($"guardrails[{i}]", "needs 'max' (of the arm's mean) or 'max_increase' (over the first arm's), and not both.");
        return null;
    }

    private static ExperimentProblem? CheckMetrics(IReadOnlyList<ExperimentMetric> metrics)
    {
        if (metrics.Count > MaxMetrics)
            return new("metrics", $"names {metrics.Count}; at most {MaxMetrics} are allowed.");
        for (int i = 0; i < metrics.Count; i++)
        {
            ExperimentMetric metric = metrics[i];
            if (CheckName($"metrics[{i}].name", metric.Name) is { } problem)
                return problem;
            if (metric.Margin is { } margin && !(margin > 0 && double.IsFinite(margin)))
                return new($"metrics[{i}].margin", "must be above 0.");
            if (metrics.Take(i).Any(other => other.Name == metric.Name))
                return new($"metrics[{i}].name", $"is '{metric.Name}', which was named before.");
        }
        return null;
    }

    private static ExperimentProblem? CheckName(string field, string name) => IsName(name) ? null
        : new(field, $"must be letters, digits, dots, hyphens and underscores, a letter or digit first, at most {MaxName} of them.");

    private static ExperimentProblem? CheckWeight(string field, double weight) => weight is >= 1 / MaxWeight and <= MaxWeight ? null : new(field, string.Create(CultureInfo.InvariantCulture,
        $"is {weight}; it must be from {1 / MaxWeight} to {MaxWeight:0}{(weight == 0 ? ": leave out an arm that should get nobody" : "")}."));
}
