using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Routers;

/// <summary>A bandit's policy. Stateless: one instance serves all experiments.</summary>
[PluginKind("router")]
public interface IRouter<in TOptions> where TOptions : RouterOptions
{
    /// <summary>How likely each arm is to be chosen now, in the order of <paramref name="view"/>'s arms; they add up to 1. The floor is applied by the caller.</summary>
    double[] Propensities(TOptions options, RouterView view, Random random);
}

/// <summary>What every router has.</summary>
public abstract record RouterOptions
{
    /// <summary>The plug-in's name; filled in by the binder.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    [Description("Metric that rewards the choice, by name; the experiment's first metric unless given.")]
    public string? Reward { get; init; }

    [Description("proportion: rewards from 0 to 1; mean: any numbers. What the server measures has its own; labels are proportions unless this says otherwise.")]
    public MetricKind? Kind { get; init; }

    [Description("What 1,000 completion tokens take off the reward. 0: they cost nothing.")]
    [Range(0.0, 1000.0)]
    public double TokenPenalty { get; init; }

    [Description("What a second of generation takes off the reward. 0: it costs nothing.")]
    [Range(0.0, 1000.0)]
    public double LatencyPenalty { get; init; }

    [Description("Share of requests that go to any arm at random, so that no arm is ever given up.")]
    [Range(0.0, 1.0)]
    public double Floor { get; init; } = 0.01;

    [Description("What is left of past counts after each request: models and users change.")]
    [Range(0.5, 1.0)]
    public double Discount { get; init; } = 0.999;

    [Description("What is learnt apart: nothing, the prompt's class (numbers, code, text), its length, or both.")]
    public RouterContext Context { get; init; } = RouterContext.None;

    [Description("Rewards that the mean of the other contexts is worth in one context.")]
    [Range(0.0, 1000.0)]
    public double Shrinkage { get; init; } = 5;
}

/// <summary>An arm as a policy sees it.</summary>
/// <param name="Mean">Of the rewards, with those of other contexts as a prior; the mean of all arms before the first.</param>
/// <param name="Pulls">Choices behind it, pending ones included.</param>
/// <param name="Rewards">Rewards behind it.</param>
public readonly record struct ArmView(double Mean, double Pulls, double Rewards);

/// <summary>What a policy decides on.</summary>
/// <param name="Arms">In the experiment's order.</param>
/// <param name="Requests">Choices behind it all, discounted like the arms.</param>
/// <param name="Kind">A proportion's rewards are between 0 and 1.</param>
/// <param name="Deviation">Standard deviation of the rewards of one arm, pooled over arms; at most 0.5 for a proportion.</param>
public sealed record RouterView(IReadOnlyList<ArmView> Arms, double Requests, MetricKind Kind, double Deviation)
{
    /// <summary>Arms that were never chosen, one after the other, before any index means something; null when there is none.</summary>
    internal double[]? Untried()
    {
        bool[] untried = [.. Arms.Select(arm => arm.Pulls == 0 && arm.Rewards == 0)];
        return untried.Contains(true) ? Uniform(untried) : null;
    }

    /// <summary>The largest index; those that share it are equally likely.</summary>
    internal double[] Largest(Func<ArmView, double> index)
    {
        double[] indices = [.. Arms.Select(index)];
        double best = indices.Max();
        return Uniform([.. indices.Select(value => value == best)]);
    }

    private static double[] Uniform(bool[] among)
    {
        double share = 1.0 / among.Count(one => one);
        return [.. among.Select(one => one ? share : 0)];
    }
}
