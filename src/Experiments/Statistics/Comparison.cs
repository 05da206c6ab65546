using System.Globalization;

namespace InferenceServer.Experiments.Statistics;

/// <summary>How an arm's metric is compared with the first arm's. To be fixed before data are seen.</summary>
public sealed record ComparisonOptions
{
    public MetricKind Kind { get; init; } = MetricKind.Proportion;
    public Better Better { get; init; } = Better.Higher;

    /// <summary>The smallest difference that matters, in the metric's units, above 0: 0.05 is five points of a proportion. Null: 0.05 of a proportion, 5 % of the
    /// control's mean otherwise.</summary>
    public double? Margin { get; init; }

    /// <summary>Chance, over all looks, comparisons and metrics together, of a wrong interval.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Intervals that are shown side by side, (arms - 1) x metrics: alpha is divided among them (Bonferroni), so that all hold together. Holm's rule would
    /// call a little more, but gives no intervals to show.</summary>
    public int Comparisons { get; init; } = 1;

    /// <summary>Observations of both arms at which intervals are tightest.</summary>
    public double Horizon { get; init; } = 5000;
}

/// <summary>An arm against the first, at any time, however often one has looked.</summary>
/// <param name="Effect">Arm minus control; null before both have values.</param>
/// <param name="Interval">Of the effect, simultaneous over looks and comparisons; null before there is one. Of a proportion it stays inside -1 to 1.</param>
/// <param name="PValue">Always valid: below alpha exactly when the interval misses zero.</param>
/// <param name="Verdict">In a word.</param>
/// <param name="Words">In a sentence, without the arm's name.</param>
public sealed record Comparison(double? Effect, Interval? Interval, double? PValue, Verdict Verdict, string Words)
{
    /// <summary>Compares two samples.</summary>
    public static Comparison Of(SampleMoments control, SampleMoments arm, ComparisonOptions options) => Of([(control, arm)], options);

    /// <summary>Compares over periods, a new one whenever weights change: see <see cref="EffectEstimate.Of(IReadOnlyList{ValueTuple{SampleMoments, SampleMoments}}, MetricKind)"/>.</summary>
    public static Comparison Of(IReadOnlyList<(SampleMoments Control, SampleMoments Arm)> periods, ComparisonOptions options)
    {
        if (EffectEstimate.Of(periods, options.Kind) is not { } estimate)
            return new(null, null, null, Verdict.TooEarly, Nothing(options));
        double alpha = options.Alpha / options.Comparisons, effect = estimate.Effect;
        var mixture = new NormalMixture(alpha, options.Horizon);
        double half = mixture.Width(estimate.Size) * estimate.StandardError;
        Interval interval = options.Kind == MetricKind.Proportion
            ? new(Math.Max(-1, effect - half), effect, Math.Min(1, effect + half)) : new(effect - half, effect, effect + half);
        double p = estimate.StandardError > 0 ? Math.Min(1, options.Comparisons / mixture.Evidence(effect / estimate.StandardError, estimate.Size)) : effect == 0 ? 1 : 0;
        SampleMoments control = periods.Aggregate(default(SampleMoments), (all, period) => all.Merge(period.Control));
        double margin = options.Margin ?? (options.Kind == MetricKind.Proportion ? 0.05 : 0.05 * Math.Abs(control.Mean));
        Verdict verdict = interval.Low > 0 ? options.Better == Better.Higher ? Verdict.Leading : Verdict.Trailing
            : interval.High < 0 ? options.Better == Better.Higher ? Verdict.Trailing : Verdict.Leading
            : interval.Within(margin) ? Verdict.NoDifference : Verdict.TooEarly;
        return new(effect, interval, p, verdict, VerdictWords.Of(verdict, interval, estimate, mixture, margin, options.Kind));
    }

    private static string Nothing(ComparisonOptions options) => options.Kind == MetricKind.Proportion
        ? "too early to tell: no values of both arms yet"
        : string.Create(CultureInfo.InvariantCulture, $"too early to tell: a mean is compared from {EffectEstimate.Burn} values of each arm");
}
