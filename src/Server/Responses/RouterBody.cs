using System.ComponentModel;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;

namespace InferenceServer.Server.Responses;

/// <summary>An experiment's router, and whether it still explores.</summary>
public sealed record RouterBody(
    [property: Description("As it was given.")] JsonElement Options,
    [property: Description("The metric that it learns from.")] string Reward,
    [property: Description("One for each context that had a request.")] IReadOnlyList<RouterContextBody> Contexts)
{
    [Description("What 1,000 completion tokens take off a reward; absent when nothing.")]
    public double? TokenPenalty { get; init; }
    [Description("What a second takes off a reward; absent when nothing.")]
    public double? LatencyPenalty { get; init; }

    public static RouterBody? From(Experiment experiment, IReadOnlyList<RouterAudit>? audits) => experiment.Router is { } options && audits is not null && ExperimentRouter.Of(experiment) is { } router
        ? new(options, router.Metric, [.. audits.Select(RouterContextBody.From)]) { TokenPenalty = OrNull(router.Router.Options.TokenPenalty), LatencyPenalty = OrNull(router.Router.Options.LatencyPenalty) } : null;

    private static double? OrNull(double penalty) => penalty > 0 ? penalty : null;
}

/// <summary>What a router did in one context.</summary>
public sealed record RouterContextBody(
    [property: Description("all where contexts are not told apart.")] string Context,
    [property: Description("Choices.")] long Requests,
    [property: Description("Share of choices that took the best arm so far: 1 is a router that does not explore.")] double GreedyFrequency,
    [property: Description("Arms times the least chosen arm's share: 1 when all are chosen alike.")] double MinFraction,
    [property: Description("The least chosen arm's share.")] double LeastPulledFraction,
    [property: Description("The arm that looks best now was not chosen once in the later half of the requests.")] bool SuffixFailure,
    IReadOnlyList<RouterArmBody> Arms)
{
    [Description("Estimated: what was lost against the arm that looks best now, in rewards. Absent before every chosen arm has one.")]
    public double? Regret { get; init; }

    public static RouterContextBody From(RouterAudit audit) => new(
        audit.Bucket, audit.Requests, audit.GreedyFrequency, audit.MinFraction, audit.LeastPulled, audit.SuffixFailure,
        [.. audit.Arms.Select(arm => new RouterArmBody(arm.Name, arm.Chosen, arm.Share, arm.Overlooked) { Mean = arm.Mean, WeightedMean = arm.WeightedMean, DaysSinceChosen = arm.DaysSinceChosen })])
    { Regret = audit.Regret };
}

/// <summary>What a router did with one arm in one context.</summary>
public sealed record RouterArmBody(
    string Name,
    [property: Description("How often it was chosen.")] long Chosen,
    [property: Description("Of all choices.")] double Share,
    [property: Description("Hardly any traffic, though it could still be the best.")] bool Overlooked)
{
    [Description("Of the rewards, costs taken off, recent ones counting more.")]
    public double? Mean { get; init; }
    [Description("Of all rewards, weighted by inverse propensity: what the arm would earn if it had every request.")]
    public double? WeightedMean { get; init; }
    public double? DaysSinceChosen { get; init; }
}
