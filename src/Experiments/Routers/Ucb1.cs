using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Routers;

/// <summary>
/// The arm that could be best: mean + C sqrt(ln t / n), with pending choices counted in n (Auer, Cesa-Bianchi and Fischer 2002).
/// Differences: C is 0.5 instead of sqrt(2), which wins in practice; for rewards without bounds it is in units of their standard deviation; counts are discounted.
/// </summary>
[Plugin("ucb1", "The arm whose mean could be highest.", Paper = "arXiv:1402.6028")]
public sealed class Ucb1 : IRouter<Ucb1Options>
{
    public double[] Propensities(Ucb1Options options, RouterView view, Random random)
    {
        double width = options.C * (view.Kind == MetricKind.Proportion ? 1 : view.Deviation), log = Math.Log(Math.Max(1, view.Requests));
        return view.Untried() ?? view.Largest(arm => arm.Mean + width * Math.Sqrt(log / Math.Max(arm.Pulls, arm.Rewards)));
    }
}

public sealed record Ucb1Options : RouterOptions
{
    [Description("Width of the bound: the larger, the more it explores.")]
    [Range(0.0, 10.0)]
    public double C { get; init; } = 0.5;
}
