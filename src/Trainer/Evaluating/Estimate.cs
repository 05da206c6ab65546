namespace InferenceServer.Trainer.Evaluating;

/// <summary>A mean over problems with the half width of its 95 % interval (normal approximation: problems are independent, samples of one are not).</summary>
public readonly record struct Estimate(double Mean, double HalfWidth, int Count)
{
    public static Estimate Of(IReadOnlyCollection<double> perProblem)
    {
        if (perProblem.Count == 0)
            return new(double.NaN, double.NaN, 0);
        double mean = perProblem.Average();
        double variance = perProblem.Count > 1 ? perProblem.Sum(x => (x - mean) * (x - mean)) / (perProblem.Count - 1) : 0;
        return new(mean, 1.96 * Math.Sqrt(variance / perProblem.Count), perProblem.Count);
    }

    public override string ToString() => string.Create(null, $"{100 * Mean:f1} % ± {100 * HalfWidth:f1}");
}
