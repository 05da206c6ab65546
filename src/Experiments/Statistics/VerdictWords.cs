using System.Globalization;

namespace InferenceServer.Experiments.Statistics;

/// <summary>Verdicts as sentences that need no statistics to be read.</summary>
internal static class VerdictWords
{
    private const double Power = 0.8;

    public static string Of(Verdict verdict, Interval interval, EffectEstimate estimate, NormalMixture mixture, double margin, MetricKind kind) => verdict switch
    {
        Verdict.Leading => $"leading: better by {Between(interval, kind)}{Small(interval, margin, kind)}",
        Verdict.Trailing => $"trailing: worse by {Between(interval, kind)}{Small(interval, margin, kind)}",
        Verdict.NoDifference => $"no difference that matters: within {Amount(margin, kind)} of the first arm",
        _ => $"too early to tell: {More(estimate, mixture, margin, kind)}",
    };

    private static string More(EffectEstimate estimate, NormalMixture mixture, double margin, MetricKind kind)
    {
        if (margin <= 0 || estimate.StandardError <= 0)
            return "more values are needed";
        double deviation = estimate.StandardError * Math.Sqrt(estimate.Size);
        double more = mixture.Size(deviation, margin, Power) - estimate.Size;
        if (more >= 1)
            return $"about {Count(more)} more exposures for a difference of {Amount(margin, kind)}";
        // Such a difference would have shown; what remains is to show that there is none, or a smaller one.
        return $"a difference of {Amount(margin, kind)} would probably have shown by now; a smaller one takes longer";
    }

    private static string Between(Interval interval, MetricKind kind)
    {
        double low = Math.Min(Math.Abs(interval.Low), Math.Abs(interval.High)), high = Math.Max(Math.Abs(interval.Low), Math.Abs(interval.High));
        return kind == MetricKind.Proportion ? $"{Number(100 * low)} to {Number(100 * high)} points" : $"{Number(low)} to {Number(high)}";
    }

    private static string Small(Interval interval, double margin, MetricKind kind) => interval.Within(margin) ? $", less than the {Amount(margin, kind)} that matter" : "";

    private static string Amount(double value, MetricKind kind) =>
        kind == MetricKind.Mean ? Number(value) : Math.Abs(value - 0.01) < 1e-12 ? "1 point" : $"{Number(100 * value)} points";

    /// <summary>Two digits that count: what a plan needs, not what a formula gives.</summary>
    private static string Count(double value)
    {
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(value)) - 1));
        return (Math.Ceiling(value / unit) * unit).ToString("n0", CultureInfo.InvariantCulture);
    }

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("n0", CultureInfo.InvariantCulture),
        >= 0.1 or 0 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##e0", CultureInfo.InvariantCulture),
    };
}
