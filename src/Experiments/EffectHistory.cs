using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments;

/// <summary>
/// How an effect and its interval grew with the exposures. Computed from the records, in their order, at numbers of exposures that lie a tenth apart: several servers need not agree who
/// keeps a point, and a label that came late counts where its exposure was.
/// </summary>
public static class EffectHistory
{
    private const double Growth = 1.1;

    /// <param name="experiment">Whose exposures they are.</param>
    /// <param name="exposures">In their order.</param>
    /// <param name="metric">Which metric; null takes the first goal.</param>
    /// <returns>The metric, null when there is none of that name; and the points of each arm but the first.</returns>
    public static (ReportedMetric? Metric, IReadOnlyList<ArmHistory> Arms) Of(Experiment experiment, IReadOnlyList<LabelledExposure> exposures, string? metric)
    {
        var all = new ExperimentTally(experiment);
        foreach (LabelledExposure exposure in exposures)
            all.Add(exposure);
        // Kind and number of comparisons are those of now, or the points would not belong to one curve.
        ReportedMetric? reported = ExperimentReport.MetricsOf(all).FirstOrDefault(known => metric is null ? known.IsGoal : known.Name == metric);
        List<EffectPoint>[] points = [.. experiment.Arms.Select(_ => new List<EffectPoint>())];
        if (reported is not null)
        {
            var tally = new ExperimentTally(experiment);
            long next = Milestones.First;
            for (int i = 0; i < exposures.Count; i++)
            {
                tally.Add(exposures[i]);
                if (i + 1 != next && i + 1 != exposures.Count)
                    continue;
                if (i + 1 == next)
                    next = Milestones.Next(next, Growth);
                for (int arm = 1; arm < experiment.Arms.Count; arm++)
                    if (tally.Compare(arm, reported.Name, reported.Options) is { Interval: { } interval } comparison)
                        points[arm].Add(new(i + 1, comparison.Effect!.Value, interval, exposures[i].Exposure.At));
            }
        }
        return (reported, [.. experiment.Arms.Select((arm, index) => new ArmHistory(arm.Name, points[index])).Skip(1)]);
    }
}

/// <summary>One arm's effect over time.</summary>
public sealed record ArmHistory(string Name, IReadOnlyList<EffectPoint> Points);

/// <summary>An effect when there were so many exposures of all arms.</summary>
/// <param name="At">When the last of them came, by the wall clock.</param>
public sealed record EffectPoint(long Exposures, double Effect, Interval Interval, DateTimeOffset At);
