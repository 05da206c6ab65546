namespace InferenceServer.Experiments.Statistics;

/// <summary>How far an arm's mean is from the control's, and how well that is known.</summary>
/// <param name="Effect">Arm minus control, in the metric's units.</param>
/// <param name="StandardError">Of the effect.</param>
/// <param name="Size">Observations of an experiment with equal arms that would know as much: 4ab/(a+b), the number of observations where arms are equal. It is the
/// clock of the boundary, because information, not traffic, is what grows evenly when weights are unequal or ramped.</param>
public readonly record struct EffectEstimate(double Effect, double StandardError, double Size)
{
    /// <summary>
    /// The difference of means, without what the covariate explains where there is one: CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013). The slope comes from
    /// both arms together, from deviations inside each arm, so that the effect itself cannot leak into it.
    /// </summary>
    /// <param name="control">The first arm.</param>
    /// <param name="arm">The other.</param>
    /// <param name="kind">Of the metric.</param>
    /// <returns>Null below <see cref="Burn"/> observations of a mean in either arm, or one of a proportion.</returns>
    public static EffectEstimate? Of(SampleMoments control, SampleMoments arm, MetricKind kind)
    {
        long least = kind == MetricKind.Proportion ? 1 : Burn;
        if (control.Count < least || arm.Count < least)
            return null;
        double spread = control.CovariateM2 + arm.CovariateM2;
        double slope = spread > 0 ? (control.CrossM2 + arm.CrossM2) / spread : 0;
        double effect = arm.Mean - control.Mean - slope * (arm.CovariateMean - control.CovariateMean);
        double left = Residual(control, slope), right = Residual(arm, slope);
        // One observation's worth of squared deviation is added to each arm: an arm whose first answers are all right would have no variance, and would be called
        // a winner for it. For a proportion that is about what a pseudo success and a pseudo failure would give.
        double prior = kind == MetricKind.Proportion ? 1 : (left + right) / (control.Count + arm.Count - 2);
        double error = Math.Sqrt(Squared(control.Count, left + prior) + Squared(arm.Count, right + prior));
        return new(effect, error, 4.0 * control.Count * arm.Count / (control.Count + arm.Count));
    }

    /// <summary>
    /// One effect from several periods, each with weights of its own. Arms are compared inside a period only: pooled over a ramp, an arm that was small on the
    /// easy day would look worse than it is (Simpson's paradox).
    /// </summary>
    public static EffectEstimate? Of(IReadOnlyList<(SampleMoments Control, SampleMoments Arm)> periods, MetricKind kind)
    {
        EffectEstimate[] known = [.. periods.Select(period => Of(period.Control, period.Arm, kind)).OfType<EffectEstimate>()];
        double size = known.Sum(period => period.Size);
        if (size == 0)
            return null;
        return new(
            known.Sum(period => period.Size / size * period.Effect), Math.Sqrt(known.Sum(period => Math.Pow(period.Size / size * period.StandardError, 2))), size);
    }

    /// <summary>Observations of each arm before a mean is compared: the variance of fewer says too little, and means of skewed values are not yet normal.</summary>
    public const int Burn = 20;

    private static double Residual(SampleMoments sample, double slope) =>
        Math.Max(0, sample.M2 - 2 * slope * sample.CrossM2 + slope * slope * sample.CovariateM2);

    private static double Squared(long count, double deviations) => deviations / count / count;
}
