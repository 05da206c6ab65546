using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Statistics;

/// <summary>
/// Wilson's score interval of a proportion (Wilson 1927). Unlike the normal approximation it stays inside [0, 1] and is right for small samples and for
/// proportions near 0 or 1.
/// </summary>
public static class Wilson
{
    private const double Z = 1.959963984540054;   // 97.5 % quantile of the normal distribution

    /// <param name="successes">From 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">At least 1.</param>
    public static Interval Proportion(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double n = trials, p = successes / n, z2 = Z * Z;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
        return new(Math.Max(0, centre - half), p, Math.Min(1, centre + half));
    }
}
