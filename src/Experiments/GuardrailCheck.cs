using System.Globalization;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments;

/// <summary>
/// Whether an arm breaks a limit: its mean, or its difference to the first arm's, lies beyond with its whole always-valid interval. The chance to stop any arm that keeps all of its limits,
/// over all looks, is 5 % at most.
/// </summary>
public static class GuardrailCheck
{
    private const double Alpha = 0.05;

    /// <summary>The experiment without the arms that break a limit, with the reason; the same experiment when none does. The last arm is never stopped, nobody would be answered.</summary>
    public static Experiment Apply(Experiment experiment, ExperimentTally tally)
    {
        int checks = experiment.Guardrails.Count * experiment.Arms.Count;
        foreach (Guardrail guardrail in experiment.Guardrails)
            for (int arm = 0; arm < experiment.Arms.Count; arm++)
                if (experiment.Arms[arm].Stopped is null && experiment.Arms.Count(other => other.Stopped is null) > 1 && Breach(guardrail, tally, arm, checks) is { } reason)
                    experiment = experiment.WithoutArm(experiment.Arms[arm].Name, reason);
        return experiment;
    }

    private static string? Breach(Guardrail guardrail, ExperimentTally tally, int arm, int checks)
    {
        MetricKind kind = tally.Kind(guardrail.Metric);
        if (guardrail.Max is { } max)
        {
            SampleMoments all = tally.Moments(arm, guardrail.Metric).Aggregate(default(SampleMoments), (sum, period) => sum.Merge(period));
            return MeanInterval.Of(all, kind, Alpha / checks) is { } mean && mean.Low > max ? Words($"{guardrail.Metric} is at least {mean.Low:0.###}, above the guardrail of {max:0.###}, after {tally.Exposures(arm)} exposures") : null;
        }
        if (arm == 0 || guardrail.MaxIncrease is not { } increase)
            return null;
        Comparison comparison = tally.Compare(arm, guardrail.Metric, new ComparisonOptions { Kind = kind, Better = Better.Lower, Alpha = Alpha, Comparisons = checks });
        return comparison.Interval is { } interval && interval.Low > increase
            ? Words($"{guardrail.Metric} is higher than the first arm's by at least {interval.Low:0.###}, more than the guardrail of {increase:0.###}, after {tally.Exposures(arm)} exposures") : null;
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
