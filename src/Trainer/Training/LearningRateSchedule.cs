namespace InferenceServer.Trainer.Training;

/// <summary>Linear warm-up, then constant, then half a cosine down to a small share of the peak; and again after each restart.</summary>
public sealed record LearningRateSchedule
{
    public double Peak { get; init; } = 1.5e-3;
    public long WarmUpSteps { get; init; } = 200;

    /// <summary>Share of all steps after which the decay begins.</summary>
    public double DecayFrom { get; init; } = 0.3;

    /// <summary>Share of the peak that is left at the end.</summary>
    public double FinalShare { get; init; } = 0.04;

    /// <summary>Steps after which the schedule begins again, rising; empty for one that runs through. A finished training goes on that way.</summary>
    public IReadOnlyList<long> RestartAfter { get; init; } = [];

    /// <param name="step">From 1.</param>
    public double At(long step, long totalSteps)
    {
        long begin = RestartAfter.LastOrDefault(restart => restart < step);
        long end = RestartAfter.FirstOrDefault(restart => restart >= step && restart < totalSteps, totalSteps);
        (step, totalSteps) = (step - begin, end - begin);
        if (step <= WarmUpSteps)
            return Peak * step / WarmUpSteps;
        double progress = ((double)step / totalSteps - DecayFrom) / (1 - DecayFrom);
        if (progress <= 0)
            return Peak;
        return Peak * (FinalShare + (1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }
}
