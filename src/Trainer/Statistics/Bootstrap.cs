namespace InferenceServer.Trainer.Statistics;

/// <summary>
/// Percentile bootstrap (Efron 1979) over problems: resample the problems with replacement, and take the middle 95 % of the results. Samples of one problem are
/// not independent, problems are. For a paired difference give the differences by problem, so that what makes a problem hard cancels.
/// </summary>
public static class Bootstrap
{
    /// <param name="values">One value a problem, at least one.</param>
    /// <param name="resamples">How many means to draw.</param>
    /// <param name="seed">Of the resampling, so that a report can be made again.</param>
    public static Interval Mean(IReadOnlyList<double> values, int resamples = 10_000, int seed = 1) => Ratio([.. values.Select(value => (value, 1.0))], resamples, seed);

    /// <summary>A sum over problems divided by another, such as pairs won by pairs.</summary>
    /// <param name="values">Both parts of each problem, at least one.</param>
    /// <param name="resamples">How many ratios to draw.</param>
    /// <param name="seed">Of the resampling.</param>
    public static Interval Ratio(IReadOnlyList<(double Part, double Whole)> values, int resamples = 10_000, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 1);
        var random = new Random(seed);
        var ratios = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            (double part, double whole) = (0, 0);
            for (int i = 0; i < values.Count; i++)
            {
                var drawn = values[random.Next(values.Count)];
                part += drawn.Part;
                whole += drawn.Whole;
            }
            ratios[r] = part / whole;
        }
        Array.Sort(ratios);
        return new(Quantile(ratios, 0.025), values.Sum(v => v.Part) / values.Sum(v => v.Whole), Quantile(ratios, 0.975));
    }

    /// <summary>Linear interpolation between the neighbouring order statistics.</summary>
    private static double Quantile(double[] sorted, double q)
    {
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
