using MathNet.Numerics;

namespace InferenceServer.Experiments.Statistics;

/// <summary>The mean of one arm by itself, at every moment at once: for limits on an arm rather than differences between two.</summary>
public static class MeanInterval
{
    /// <summary>Jeffreys' prior: narrow where proportions are near 0 or 1, as error rates are.</summary>
    private const double Prior = 0.5;

    /// <summary>
    /// Of a proportion the interval is exact from the first value on: all p against which a Beta mixture of Bernoulli likelihoods has gained less than 1/alpha
    /// (Ville's inequality, as in Robbins 1970; for grades between 0 and 1 the gain is a supermartingale too, because p^y (1-p)^(1-y) is convex in y).
    /// Of a mean it is the normal mixture's.
    /// </summary>
    /// <param name="kind">Of the metric; a proportion's interval stays inside 0 to 1.</param>
    /// <param name="alpha">Chance, over all looks together, that the interval ever misses the mean.</param>
    /// <param name="horizon">Observations at which a mean's interval is tightest.</param>
    /// <returns>Null before there is one: without values, or below <see cref="EffectEstimate.Burn"/> of a mean.</returns>
    public static Interval? Of(SampleMoments sample, MetricKind kind, double alpha = 0.05, double horizon = 1000)
    {
        if (sample.Count < (kind == MetricKind.Proportion ? 1 : EffectEstimate.Burn))
            return null;
        if (kind == MetricKind.Proportion)
            return Proportion(sample.Mean * sample.Count, (1 - sample.Mean) * sample.Count, alpha);
        // As for differences, one observation's worth of squared deviation is added.
        double half = new NormalMixture(alpha, horizon).Width(sample.Count) * Math.Sqrt(sample.M2 + sample.Variance) / sample.Count;
        return new(sample.Mean - half, sample.Mean, sample.Mean + half);
    }

    private static Interval Proportion(double successes, double failures, double alpha)
    {
        double mean = successes / (successes + failures);
        double limit = SpecialFunctions.BetaLn(Prior + successes, Prior + failures) - SpecialFunctions.BetaLn(Prior, Prior) + Math.Log(alpha);
        bool Holds(double p) => Log(successes, p) + Log(failures, 1 - p) > limit;
        return new(successes > 0 ? Edge(0, mean) : 0, mean, failures > 0 ? Edge(1, mean) : 1);

        double Edge(double outside, double inside)
        {
            for (int halving = 0; halving < 50; halving++)
                _ = Holds((outside + inside) / 2) ? inside = (outside + inside) / 2 : outside = (outside + inside) / 2;
            return outside;
        }
        static double Log(double count, double p) => count > 0 ? count * Math.Log(p) : 0;
    }
}
