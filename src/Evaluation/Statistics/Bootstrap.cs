namespace InferenceServer.Evaluation.Statistics;

/// <summary>
/// Percentile bootstrap (Efron 1979) of a mean over problems: resample the problems with replacement, and take the middle 95 % of the means. For a
/// paired difference give the differences by problem, so that what makes a problem hard cancels.
/// </summary>
public static class Bootstrap
{
    /// <param name="values">One value a problem, at least one.</param>
    /// <param name="resamples">How many means to draw.</param>
    /// <param name="seed">Of the resampling, so that a report can be made again.</param>
    public static Interval Mean(IReadOnlyList<double> values, int resamples = 10_000, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 1);
        var random = new Random(seed);
        var means = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
                sum += values[random.Next(values.Count)];
            means[r] = sum / values.Count;
        }
        Array.Sort(means);
        return new(values.Average(), Quantile(means, 0.025), Quantile(means, 0.975));
    }

    /// <summary>Linear interpolation between the neighbouring order statistics.</summary>
    private static double Quantile(double[] sorted, double q)
    {
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
