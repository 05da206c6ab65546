using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Routers;

/// <summary>The best so far, but any arm with probability epsilon, which falls with the square root of the requests unless it is given.</summary>
[Plugin("epsilon_greedy", "The best so far, and now and then any.", Paper = "arXiv:1402.6028")]
public sealed class EpsilonGreedy : IRouter<EpsilonGreedyOptions>
{
    public double[] Propensities(EpsilonGreedyOptions options, RouterView view, Random random)
    {
        if (view.Untried() is { } untried)
            return untried;
        double epsilon = options.Epsilon ?? 1 / Math.Sqrt(Math.Max(1, view.Requests));
        return [.. view.Largest(arm => arm.Mean).Select(share => (1 - epsilon) * share + epsilon / view.Arms.Count)];
    }
}

public sealed record EpsilonGreedyOptions : RouterOptions
{
    [Description("Probability of any arm; 1 / sqrt(requests) unless given.")]
    [Range(0.0, 1.0)]
    public double? Epsilon { get; init; }
}
