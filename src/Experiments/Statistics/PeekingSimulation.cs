namespace InferenceServer.Experiments.Statistics;

/// <summary>
/// Experiments of two arms, looked at after every observation from the first, run many times: how often an effect is called that is not there, and how soon one
/// that is. The check of everything else in this folder, and the power calculator for what has no formula.
/// </summary>
public sealed record PeekingSimulation
{
    /// <summary>Draws a value of the control.</summary>
    public required Func<Random, double> Control { get; init; }

    /// <summary>Draws a value of the arm.</summary>
    public required Func<Random, double> Arm { get; init; }

    /// <summary>Arm's mean less the control's.</summary>
    public double Effect { get; init; }

    public MetricKind Kind { get; init; } = MetricKind.Proportion;

    /// <summary>Of one experiment, both arms together.</summary>
    public required int Observations { get; init; }

    /// <summary>Chance that an observation goes to the arm.</summary>
    public double Share { get; init; } = 0.5;

    public double Alpha { get; init; } = 0.05;

    public double Horizon { get; init; } = 5000;

    /// <param name="runs">Experiments.</param>
    /// <param name="seed">Gives the same experiments again.</param>
    public PeekingResult Run(int runs, int seed)
    {
        var random = new Random(seed);
        var mixture = new NormalMixture(Alpha, Horizon);
        double quantile = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, 1 - Alpha / 2);
        var called = new List<int>();
        int missed = 0, naive = 0, once = 0;
        for (int run = 0; run < runs; run++)
        {
            SampleMoments control = default, arm = default;
            int? first = null;
            bool miss = false, naively = false, last = false;
            for (int n = 1; n <= Observations; n++)
            {
                if (random.NextDouble() < Share)
                    arm = arm.Add(Arm(random));
                else
                    control = control.Add(Control(random));
                if (EffectEstimate.Of(control, arm, Kind) is not { } estimate)
                    continue;
                double half = mixture.Width(estimate.Size) * estimate.StandardError;
                if (Math.Abs(estimate.Effect) > half)
                    first ??= n;
                miss |= Math.Abs(estimate.Effect - Effect) > half;
                last = Naive(control, arm, quantile);
                naively |= last;
            }
            if (first is { } at)
                called.Add(at);
            missed += miss ? 1 : 0;
            naive += naively ? 1 : 0;
            once += last ? 1 : 0;
        }
        return new(runs, [.. called.Order()], (double)missed / runs, (double)naive / runs, (double)once / runs);
    }

    /// <summary>The z-test of two means that every textbook has, from <see cref="EffectEstimate.Burn"/> values of each arm.</summary>
    private static bool Naive(SampleMoments control, SampleMoments arm, double quantile) =>
        Math.Min(control.Count, arm.Count) >= EffectEstimate.Burn
        && Math.Abs(arm.Mean - control.Mean) > quantile * Math.Sqrt(control.Variance / control.Count + arm.Variance / arm.Count);
}

/// <summary>What came of the runs.</summary>
/// <param name="Runs">Experiments.</param>
/// <param name="CalledAt">Observations at the first call of each run in which the interval ever missed zero, in order.</param>
/// <param name="Missed">Share of runs in which the interval ever missed the true effect.</param>
/// <param name="Naive">Share in which the z-test ever called an effect, looked at after every observation.</param>
/// <param name="Once">Share in which the z-test called one at the last observation, looked at only then.</param>
public sealed record PeekingResult(int Runs, IReadOnlyList<int> CalledAt, double Missed, double Naive, double Once)
{
    public double Called => (double)CalledAt.Count / Runs;

    /// <summary>Observations after which this share of the runs has called the effect; null when fewer ever did.</summary>
    public int? Quantile(double share) => (int)Math.Ceiling(share * Runs) is var rank && rank <= CalledAt.Count && rank > 0 ? CalledAt[rank - 1] : null;
}
