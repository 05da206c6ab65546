using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments;

/// <summary>
/// An experiment's exposures as its statistics see them: by arm and unit, since the requests of one unit are not independent of each other. A unit's value of a metric is the mean over its
/// exposures, and it counts in the period in which it came to the arm. Fed in any order; not for several threads.
/// </summary>
public sealed class ExperimentTally(Experiment experiment)
{
    private readonly Dictionary<string, int> _arms = experiment.Arms.Select((arm, index) => (arm.Name, index)).ToDictionary(arm => arm.Name, arm => arm.index, StringComparer.Ordinal);
    private readonly Dictionary<string, Observed>[] _units = [.. experiment.Arms.Select(_ => new Dictionary<string, Observed>(StringComparer.Ordinal))];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly long[] _exposures = new long[experiment.Arms.Count];
    private readonly Dictionary<string, Known> _metrics = new(StringComparer.Ordinal);
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
        if (!_units[arm].TryGetValue(exposure.Unit, out Observed? unit))
            _units[arm][exposure.Unit] = unit = new(period);
        unit.Exposures++;
        unit.PromptTokens += exposure.PromptTokens;
        foreach ((string metric, double value) in exposure.Metrics)
            Observe(unit, metric, value);
        foreach ((string metric, Label label) in labelled.Labels)
            Observe(unit, metric, label.Value);
    }

    public long Exposures(int arm) => _exposures[arm];

    /// <summary>Units that were exposed to an arm.</summary>
    public long Units(int arm) => _units[arm].Count;

    /// <summary>A metric is a proportion as long as all of its values lie between 0 and 1.</summary>
    public MetricKind Kind(string metric) => _metrics.TryGetValue(metric, out Known? known) && known.IsProportion ? MetricKind.Proportion : MetricKind.Mean;

    /// <summary>An arm's values of a metric in each period, with the prompt's length as covariate.</summary>
    public IReadOnlyList<SampleMoments> Moments(int arm, string metric)
    {
        var moments = new SampleMoments[_assigned.Length];
        if (!_metrics.TryGetValue(metric, out Known? known))
            return moments;
        // The length of the prompt explains what is counted of the prompt completely, which would leave no spread to judge by.
        bool explained = metric is BuiltInMetrics.PromptTokens or BuiltInMetrics.CachedTokens;
        foreach (Observed unit in _units[arm].Values)
            if (unit[known.Index] is var value && value.Count > 0)
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
        if (!_metrics.TryGetValue(metric, out Known? known))
            _metrics[metric] = known = new(_metrics.Count) { IsProportion = !BuiltInMetrics.Has(metric) || BuiltInMetrics.IsProportion(metric) };
        known.IsProportion &= value is >= 0 and <= 1;
        unit.Add(known.Index, value);
    }

    private sealed class Known(int index)
    {
        public int Index { get; } = index;
        public bool IsProportion { get; set; }
    }

    /// <summary>One unit under one arm. Values lie at their metric's number: there may be hundreds of thousands of units.</summary>
    private sealed class Observed(int period)
    {
        private (int Count, double Sum)[] _values = [];

        public int Period { get; } = period;
        public int Exposures { get; set; }
        public double PromptTokens { get; set; }

        public (int Count, double Sum) this[int metric] => metric < _values.Length ? _values[metric] : default;

        public void Add(int metric, double value)
        {
            if (metric >= _values.Length)
                Array.Resize(ref _values, metric + 1);
            _values[metric] = (_values[metric].Count + 1, _values[metric].Sum + value);
        }
    }
}
