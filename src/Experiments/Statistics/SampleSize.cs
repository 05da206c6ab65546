using MathNet.Numerics.Distributions;

namespace InferenceServer.Experiments.Statistics;

/// <summary>How many exposures an experiment with two equal arms needs, of both arms together.</summary>
/// <param name="FixedHorizon">When one looks once, at the end, with the usual z-test.</param>
/// <param name="Sequential">When one may look at any time: by then the effect has been called with the power asked for, and usually long before.</param>
public sealed record SampleSize(long FixedHorizon, long Sequential)
{
    /// <param name="baseline">The control's proportion, between 0 and 1.</param>
    /// <param name="lift">Difference to be found: 0.05 is five points up.</param>
    /// <param name="alpha">Two-sided, of one comparison.</param>
    /// <param name="power">Probability of finding it.</param>
    /// <param name="horizon">Of the intervals; null tunes them to the answer, as one should.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lift is 0, or leads out of 0 to 1.</exception>
    public static SampleSize OfProportion(double baseline, double lift, double alpha = 0.05, double power = 0.8, double? horizon = null)
    {
        double other = baseline + lift;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(baseline, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(baseline, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(other, 0, nameof(lift));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(other, 1, nameof(lift));
        return Of(baseline * (1 - baseline), other * (1 - other), lift, alpha, power, horizon);
    }

    /// <param name="deviation">Standard deviation of one value, above 0.</param>
    /// <param name="lift">Difference to be found, in the same units.</param>
    public static SampleSize OfMean(double deviation, double lift, double alpha = 0.05, double power = 0.8, double? horizon = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(deviation);
        return Of(deviation * deviation, deviation * deviation, lift, alpha, power, horizon);
    }

    private static SampleSize Of(double variance, double otherVariance, double lift, double alpha, double power, double? horizon)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lift);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(power, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(power, 1);
        double deviation = Math.Sqrt(2 * (variance + otherVariance));
        double errors = Normal.InvCDF(0, 1, 1 - alpha / 2) + Normal.InvCDF(0, 1, power);
        double once = Math.Pow(errors * deviation / lift, 2);
        // About twice the fixed test's is where a tuned boundary ends up; its width hardly depends on the horizon nearby.
        double sequential = new NormalMixture(alpha, horizon ?? 2 * once).Size(deviation, lift, power);
        return new(2 * (long)Math.Ceiling(once / 2), 2 * (long)Math.Ceiling(sequential / 2));
    }
}
