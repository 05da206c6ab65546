using MathNet.Numerics.Distributions;

namespace InferenceServer.Experiments.Statistics;

/// <summary>
/// The boundary that makes an interval hold at every moment at once, however often one looks and whenever one stops: the likelihood ratio of an effect mixed
/// over a normal prior is a martingale where there is no effect, and by Ville's inequality exceeds 1/alpha with probability alpha at most (Robbins 1970; as the
/// mixture sequential probability ratio test in A/B tests, Johari and others, arXiv:1512.04922; as an asymptotic confidence sequence of means with estimated
/// variances, Waudby-Smith and others, arXiv:2103.06476). Sizes are those of a balanced experiment, see <see cref="EffectEstimate.Size"/>.
/// </summary>
public sealed class NormalMixture
{
    private readonly double _alpha;
    private readonly double _rho;

    /// <param name="alpha">Chance, over all looks together, that the interval ever misses the truth.</param>
    /// <param name="horizon">Observations of both arms at which the interval is tightest. It holds at every other size too, only wider; it must be chosen before
    /// looking at the data.</param>
    public NormalMixture(double alpha, double horizon)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizon);
        _alpha = alpha;
        // Near the minimum of the boundary at the horizon (Howard and others, arXiv:1810.08240, section 3.5).
        double log = -2 * Math.Log(alpha);
        _rho = horizon / (log + Math.Log(log + 1) + 1);
    }

    /// <summary>Standard errors on each side of the estimate after <paramref name="size"/> observations: 1.96 if one looked once, about 3 at the horizon.</summary>
    public double Width(double size) => size <= 0 ? double.PositiveInfinity : Math.Sqrt((1 + _rho / size) * (Math.Log(1 + size / _rho) - 2 * Math.Log(_alpha)));

    /// <summary>Evidence against no effect: a fair bet's gain, of which 1/alpha is exceeded with probability alpha at most, at any time.</summary>
    /// <param name="z">Estimate over its standard error.</param>
    /// <param name="size">Observations.</param>
    public double Evidence(double z, double size) => Math.Sqrt(_rho / (size + _rho)) * Math.Exp(z * z / 2 * size / (size + _rho));

    /// <summary>Observations until an effect is called with a given probability, at the latest: early calls are not counted.</summary>
    /// <param name="deviation">Standard deviation of one observation such that the effect's standard error is deviation / sqrt(size).</param>
    /// <param name="effect">The true effect, not 0.</param>
    /// <param name="power">Probability.</param>
    public double Size(double deviation, double effect, double power)
    {
        double quantile = Normal.InvCDF(0, 1, power), ratio = Math.Abs(effect) / deviation, low = 0, high = 1;
        bool Enough(double size) => ratio * Math.Sqrt(size) - Width(size) >= quantile;
        while (!Enough(high))
            high *= 2;
        while (high - low > 0.5)
            _ = Enough((low + high) / 2) ? high = (low + high) / 2 : low = (low + high) / 2;
        return high;
    }
}
