using MathNet.Numerics;

namespace InferenceServer.Experiments.Statistics;

/// <summary>
/// Whether arms get the shares that their weights promise. If not, assignment or counting is broken and no comparison can be believed. A sequential multinomial
/// test with a Dirichlet mixture (Lindon and Malek, arXiv:2011.03567): like the intervals it may be looked at after every exposure.
/// </summary>
/// <remarks>Count units that were assigned, not requests: one busy user sends many requests to one arm, and that is no fault.</remarks>
/// <param name="PValue">Always valid.</param>
/// <param name="Alarm">Whether it is below the level; it stays below with probability, not by itself, so who raises the alarm remembers it.</param>
public sealed record SampleRatio(double PValue, bool Alarm)
{
    /// <summary>The mixture's prior is worth this many exposures that agree with the weights: it looks for shares that are off by several points.</summary>
    private const double Concentration = 100;

    /// <param name="units">Units of each arm.</param>
    /// <param name="weights">Their weights, above 0, in any unit.</param>
    /// <param name="alpha">Chance of a false alarm over the experiment's whole life.</param>
    public static SampleRatio Of(IReadOnlyList<long> units, IReadOnlyList<double> weights, double alpha = 0.001) => Of([(units, weights)], alpha);

    /// <summary>The same over periods, a new one whenever weights change: the evidence of each multiplies.</summary>
    public static SampleRatio Of(IReadOnlyList<(IReadOnlyList<long> Units, IReadOnlyList<double> Weights)> periods, double alpha = 0.001)
    {
        double p = Math.Min(1, Math.Exp(-periods.Sum(period => LogEvidence(period.Units, period.Weights))));
        return new(p, p < alpha);
    }

    /// <summary>Logarithm of the Bayes factor against the weights.</summary>
    private static double LogEvidence(IReadOnlyList<long> units, IReadOnlyList<double> weights)
    {
        if (units.Count != weights.Count)
            throw new ArgumentException($"{units.Count} counts, {weights.Count} weights.", nameof(weights));
        double total = weights.Sum(), evidence = SpecialFunctions.GammaLn(Concentration) - SpecialFunctions.GammaLn(Concentration + units.Sum());
        for (int arm = 0; arm < units.Count; arm++)
        {
            double share = weights[arm] / total, prior = Concentration * share;
            // A paused arm takes no part; units in it contradict the weights outright.
            if (share == 0)
            {
                if (units[arm] > 0)
                    return double.PositiveInfinity;
                continue;
            }
            evidence += SpecialFunctions.GammaLn(prior + units[arm]) - SpecialFunctions.GammaLn(prior) - units[arm] * Math.Log(share);
        }
        return evidence;
    }
}
