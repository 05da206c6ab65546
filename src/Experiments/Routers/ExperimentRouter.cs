using System.Globalization;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Routers;

/// <summary>An experiment's router, and what it learns from: one metric that somebody else than the arm gives, a verifier or feedback. An arm's own confidence is no metric here.</summary>
/// <param name="Router">Its policy.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Kind">Of the rewards: a proportion's are brought into 0 to 1.</param>
/// <param name="Better">Which way is up.</param>
public sealed record ExperimentRouter(Router Router, string Metric, MetricKind Kind, Better Better)
{
    /// <summary>Null when the experiment's arms have fixed weights.</summary>
    /// <exception cref="Plugins.PluginOptionsException">The router cannot be; <see cref="ExperimentRules"/> refuses such an experiment beforehand.</exception>
    public static ExperimentRouter? Of(Experiment experiment)
    {
        if (experiment.Router is not { } json)
            return null;
        Router router = RouterCatalog.BuiltIn.Bind(json, "router");
        string metric = router.Options.Reward ?? (experiment.Metrics.Count > 0 ? experiment.Metrics[0].Name : BuiltInMetrics.Verified);
        MetricKind kind = router.Options.Kind ?? (BuiltInMetrics.Has(metric) && !BuiltInMetrics.IsProportion(metric) ? MetricKind.Mean : MetricKind.Proportion);
        bool isHigherBetter = experiment.Metrics.FirstOrDefault(declared => declared.Name == metric)?.IsHigherBetter ?? BuiltInMetrics.IsHigherBetter(metric);
        return new(router, metric, kind, isHigherBetter ? Better.Higher : Better.Lower);
    }

    /// <summary>What rewards are made of: what was learnt from others says nothing of these.</summary>
    public string Learns => Router.Options is { TokenPenalty: 0, LatencyPenalty: 0 } ? Metric
        : string.Create(CultureInfo.InvariantCulture, $"{Metric} - {Router.Options.TokenPenalty}/1000 tokens - {Router.Options.LatencyPenalty}/s");

    /// <summary>
    /// What a value of the metric is worth, the higher the better, less what it cost: q - a tokens / 1000 - b seconds. A proportion's reward is brought back into 0 to 1, since the Beta posterior and the bound of
    /// <see cref="Ucb1"/> hold there only: a wrong answer is worth 0 whatever it cost. A mean's posterior takes any number.
    /// </summary>
    /// <param name="cost">Null when it is not known: nothing is taken off.</param>
    public double RewardOf(double value, RequestCost? cost)
    {
        double penalty = cost is null ? 0 : Router.Options.TokenPenalty * cost.CompletionTokens / 1000 + Router.Options.LatencyPenalty * cost.Seconds;
        double reward = WorthOf(value) - penalty;
        return Kind == MetricKind.Proportion ? Math.Clamp(reward, 0, 1) : reward;
    }

    private double WorthOf(double value)
    {
        double bounded = Kind == MetricKind.Proportion ? Math.Clamp(value, 0, 1) : value;
        return Better == Better.Higher ? bounded : Kind == MetricKind.Proportion ? 1 - bounded : -bounded;
    }
}
