namespace InferenceServer.Experiments.Statistics;

/// <summary>
/// What is kept of one arm's values of one metric: count, mean, squared deviations, and the same of one covariate with their products. Six numbers, whatever
/// the count; serializes as JSON as it is, and <c>default</c> is empty. Values are added by Welford's rule and samples are merged by Chan's, which lose no
/// digits where sums of squares would: the order of additions, and which server made them, changes the last digits only.
/// </summary>
/// <remarks>Observations are taken to be independent. Where one unit sends many requests, add the unit's mean once, or the intervals promise too much.</remarks>
/// <param name="Count">Observations.</param>
/// <param name="Mean">Of the values.</param>
/// <param name="M2">Sum of squared deviations from the mean.</param>
/// <param name="CovariateMean">Of the covariate; 0 without one.</param>
/// <param name="CovariateM2">Its squared deviations; 0 without one.</param>
/// <param name="CrossM2">Sum of the products of both deviations.</param>
public readonly record struct SampleMoments(long Count, double Mean, double M2, double CovariateMean = 0, double CovariateM2 = 0, double CrossM2 = 0)
{
    /// <summary>Sample variance; 0 below two observations.</summary>
    public double Variance => Count > 1 ? M2 / (Count - 1) : 0;

    /// <summary>Moments of yes and no, from two counters that servers may add to atomically.</summary>
    public static SampleMoments OfProportion(long successes, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double p = trials == 0 ? 0 : (double)successes / trials;
        return new(trials, p, trials * p * (1 - p));
    }

    /// <param name="value">Of the metric; 0 or 1 of a proportion.</param>
    /// <param name="covariate">What was known of this unit before it was given an arm: the prompt's length for instance.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is no finite number.</exception>
    public SampleMoments Add(double value, double covariate = 0)
    {
        if (!double.IsFinite(value) || !double.IsFinite(covariate))
            throw new ArgumentOutOfRangeException(nameof(value), "A value and its covariate must be finite numbers.");
        return Merge(new(1, value, 0, covariate));
    }

    /// <summary>The moments of both samples together (Chan, Golub and LeVeque 1979).</summary>
    public SampleMoments Merge(SampleMoments other)
    {
        if (Count == 0)
            return other;
        if (other.Count == 0)
            return this;
        long n = Count + other.Count;
        double share = (double)other.Count / n, weight = Count * share;
        double step = other.Mean - Mean, covariateStep = other.CovariateMean - CovariateMean;
        return new(
            n, Mean + step * share, M2 + other.M2 + step * step * weight,
            CovariateMean + covariateStep * share, CovariateM2 + other.CovariateM2 + covariateStep * covariateStep * weight,
            CrossM2 + other.CrossM2 + step * covariateStep * weight);
    }
}
