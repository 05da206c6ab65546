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

    /// <summary>What a value of the metric is worth: the higher the better.</summary>
    public double RewardOf(double value)
    {
        double bounded = Kind == MetricKind.Proportion ? Math.Clamp(value, 0, 1) : value;
        return Better == Better.Higher ? bounded : Kind == MetricKind.Proportion ? 1 - bounded : -bounded;
    }
}
