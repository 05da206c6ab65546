using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments;

/// <summary>
/// An experiment's exposures as its statistics see them: by arm and unit, since the requests of one unit are not independent of each other. A unit's value of a metric is the mean over its
/// exposures, and it counts in the period in which it came to the arm. Fed in any order; not for several threads.
/// </summary>
public sealed class ExperimentTally(Experiment experiment)
{
    private readonly Dictionary<string, int> _arms = experiment.Arms.Select((arm, index) => (arm.Name, index)).ToDictionary(arm => arm.Name, arm => arm.index, StringComparer.Ordinal);
    private readonly Dictionary<(int Arm, string Unit), Observed> _units = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly long[] _exposures = new long[experiment.Arms.Count];
    private readonly Dictionary<string, bool> _metrics = new(StringComparer.Ordinal);
    private readonly long[][] _assigned = [.. experiment.Periods.Select(_ => new long[experiment.Arms.Count])];

    public Experiment Experiment { get; } = experiment;

    /// <summary>Exposures so far.</summary>
    public long Count => _exposures.Sum();

    /// <summary>The metrics of which there is a value, in order of name.</summary>
    public IReadOnlyList<string> Metrics => [.. _metrics.Keys.Order(StringComparer.Ordinal)];

    public void Add(LabelledExposure labelled)
    {
        Exposure exposure = labelled.Exposure;
        if (!_arms.TryGetValue(exposure.Arm, out int arm))
            return;
        // Another server may be a period ahead of the definition that was read here.
        int period = Math.Clamp(exposure.Phase, 0, _assigned.Length - 1);
        _exposures[arm]++;
        // A unit that a change of weights moved was assigned before.
        if (_seen.Add(exposure.Unit))
            _assigned[period][arm]++;
        if (!_units.TryGetValue((arm, exposure.Unit), out Observed? unit))
            _units[(arm, exposure.Unit)] = unit = new(period);
        unit.Exposures++;
        unit.PromptTokens += exposure.PromptTokens;
        foreach ((string metric, double value) in exposure.Metrics)
            Observe(unit, metric, value);
        foreach ((string metric, Label label) in labelled.Labels)
            Observe(unit, metric, label.Value);
    }

    public long Exposures(int arm) => _exposures[arm];

    /// <summary>Units that were exposed to an arm.</summary>
    public long Units(int arm) => _units.Keys.Count(key => key.Arm == arm);

    /// <summary>A metric is a proportion as long as all of its values lie between 0 and 1.</summary>
    public MetricKind Kind(string metric) => _metrics.GetValueOrDefault(metric) ? MetricKind.Proportion : MetricKind.Mean;

    /// <summary>An arm's values of a metric in each period, with the prompt's length as covariate.</summary>
    public IReadOnlyList<SampleMoments> Moments(int arm, string metric)
    {
        var moments = new SampleMoments[_assigned.Length];
        // The length of the prompt explains what is counted of the prompt completely, which would leave no spread to judge by.
        bool explained = metric is BuiltInMetrics.PromptTokens or BuiltInMetrics.CachedTokens;
        foreach (((int own, _), Observed unit) in _units)
            if (own == arm && unit.Values.TryGetValue(metric, out var value))
                moments[unit.Period] = moments[unit.Period].Add(value.Sum / value.Count, explained ? 0 : unit.PromptTokens / unit.Exposures);
        return moments;
    }

    /// <summary>An arm against the first one.</summary>
    public Comparison Compare(int arm, string metric, ComparisonOptions options)
    {
        (SampleMoments Control, SampleMoments Arm)[] periods = [.. Moments(0, metric).Zip(Moments(arm, metric))];
        SampleMoments all = periods.Aggregate(default(SampleMoments), (sum, period) => sum.Merge(period.Control).Merge(period.Arm));
        // A covariate that explains everything leaves the digits that arithmetic lost, and those are no evidence.
        if (all.M2 - (all.CovariateM2 > 0 ? all.CrossM2 * all.CrossM2 / all.CovariateM2 : 0) <= 1e-9 * all.M2)
            periods = [.. periods.Select(period => (Plain(period.Control), Plain(period.Arm)))];
        return Comparison.Of(periods, options);
    }

    /// <summary>Whether arms got the units that their weights promise. Assigned are only those whose exposure was recorded, so a fault that loses one arm's requests shows here too.</summary>
    public SampleRatio SampleRatio() => Statistics.SampleRatio.Of([.. _assigned.Zip(Experiment.Periods, (units, weights) => ((IReadOnlyList<long>)units, weights))]);

    private static SampleMoments Plain(SampleMoments moments) => moments with { CovariateMean = 0, CovariateM2 = 0, CrossM2 = 0 };

    private void Observe(Observed unit, string metric, double value)
    {
        var (count, sum) = unit.Values.GetValueOrDefault(metric);
        unit.Values[metric] = (count + 1, sum + value);
        _metrics[metric] = value is >= 0 and <= 1 && _metrics.GetValueOrDefault(metric, true) && (!BuiltInMetrics.Has(metric) || BuiltInMetrics.IsProportion(metric));
    }

    private sealed class Observed(int period)
    {
        public int Period { get; } = period;
        public int Exposures { get; set; }
        public double PromptTokens { get; set; }
        public Dictionary<string, (int Count, double Sum)> Values { get; } = new(StringComparer.Ordinal);
    }
}
