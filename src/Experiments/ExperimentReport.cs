using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments;

/// <summary>What an experiment says so far. May be made at any time and as often as one likes: the intervals hold however often one looks.</summary>
/// <param name="Experiment">As it is.</param>
/// <param name="Arms">In their order.</param>
/// <param name="SampleRatio">Whether the arms got the units that their weights promise.</param>
/// <param name="Metrics">What is reported, goals first.</param>
public sealed record ExperimentReport(Experiment Experiment, IReadOnlyList<ArmReport> Arms, SampleRatio SampleRatio, IReadOnlyList<ReportedMetric> Metrics)
{
    public static ExperimentReport Of(ExperimentTally tally)
    {
        IReadOnlyList<ReportedMetric> metrics = MetricsOf(tally);
        return new(tally.Experiment, [.. tally.Experiment.Arms.Select((arm, index) => new ArmReport(arm, tally.Exposures(index), tally.Units(index), metrics
            .Select(metric => (metric.Name, Report: ReportOf(tally, index, metric)))
            .Where(metric => metric.Report is not null)
            .ToDictionary(metric => metric.Name, metric => metric.Report!)))],
            // A router's shares are not those of the weights, and are not meant to be.
            tally.Experiment.Router is null ? tally.SampleRatio() : new SampleRatio(1, false), metrics);
    }

    /// <summary>
    /// What is compared. Goals are what the experiment declared, or else the verdict and every label; the rest are costs. The chance of a wrong interval is divided among the arms and metrics
    /// of each of the two, so that watching a dozen costs does not take away from seeing whether answers are better.
    /// </summary>
    public static IReadOnlyList<ReportedMetric> MetricsOf(ExperimentTally tally)
    {
        IReadOnlyList<ExperimentMetric> declared = tally.Experiment.Metrics;
        string[] goals = declared.Count > 0 ? [.. declared.Select(metric => metric.Name)] : [.. tally.Metrics.Where(metric => !BuiltInMetrics.Has(metric) || metric == BuiltInMetrics.Verified)];
        string[] costs = [.. tally.Metrics.Except(goals)];
        int arms = tally.Experiment.Arms.Count - 1;
        return [.. goals.Select(name => Reported(name, isGoal: true, goals.Length)), .. costs.Select(name => Reported(name, isGoal: false, costs.Length))];

        ReportedMetric Reported(string name, bool isGoal, int family)
        {
            ExperimentMetric metric = declared.FirstOrDefault(metric => metric.Name == name) ?? new(name, BuiltInMetrics.IsHigherBetter(name));
            return new(name, tally.Kind(name), metric.IsHigherBetter ? Better.Higher : Better.Lower, isGoal, arms * family) { Margin = metric.Margin };
        }
    }

    private static MetricReport? ReportOf(ExperimentTally tally, int arm, ReportedMetric metric)
    {
        SampleMoments all = tally.Moments(arm, metric.Name).Aggregate(default(SampleMoments), (sum, period) => sum.Merge(period));
        return all.Count == 0 ? null : new(all.Count, all.Mean, arm == 0 ? null : tally.Compare(arm, metric.Name, metric.Options));
    }
}

/// <summary>A metric that a report compares.</summary>
/// <param name="IsGoal">Whether it is what the experiment is about, rather than a cost.</param>
/// <param name="Comparisons">Intervals among which the chance of a wrong one is divided.</param>
public sealed record ReportedMetric(string Name, MetricKind Kind, Better Better, bool IsGoal, int Comparisons)
{
    /// <summary>The smallest difference that matters; null for what suits the kind.</summary>
    public double? Margin { get; init; }

    public ComparisonOptions Options => new() { Kind = Kind, Better = Better, Comparisons = Comparisons, Margin = Margin };
}

/// <summary>One arm so far.</summary>
/// <param name="Exposures">Requests that it answered and that count.</param>
/// <param name="Units">Of how many units.</param>
/// <param name="Metrics">By name; one that the arm has no value of is not there.</param>
public sealed record ArmReport(Arm Arm, long Exposures, long Units, IReadOnlyDictionary<string, MetricReport> Metrics);

/// <summary>One metric of one arm.</summary>
/// <param name="Count">Units that have a value.</param>
/// <param name="Mean">Over units.</param>
/// <param name="Comparison">Against the first arm; null for the first arm.</param>
public sealed record MetricReport(long Count, double Mean, Comparison? Comparison);
