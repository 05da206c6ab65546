namespace InferenceServer.Trainer.Evaluating;

/// <summary>How a claimed probability compares with what happened, at step ends.</summary>
/// <param name="ExpectedCalibrationError">Mean distance of the bins' claim from what happened, by their size (Naeini et al. 2015).</param>
public sealed record Reliability(IReadOnlyList<ReliabilityBin> Bins, double ExpectedCalibrationError)
{
    private const int Count = 10;

    public static Reliability Of(IEnumerable<MeasuredProblem> problems, Scorer scorer)
    {
        var claims = problems.SelectMany(problem => Enumerable.Range(0, problem.Count).SelectMany(i =>
        {
            float[] curve = scorer.Curve(problem, i);
            return problem.Labels[i].Ends.Select((end, step) => (Claim: (double)curve[end], Right: problem.Labels[i].Success[step]));
        })).ToArray();
        ReliabilityBin[] bins =
        [
            .. claims.GroupBy(claim => Math.Min(Count - 1, (int)(claim.Claim * Count))).OrderBy(bin => bin.Key)
                .Select(bin => new ReliabilityBin(bin.Average(c => c.Claim), bin.Average(c => c.Right), bin.Count())),
        ];
        return new(bins, bins.Sum(bin => bin.Steps * Math.Abs(bin.Claimed - bin.Right)) / claims.Length);
    }
}

/// <param name="Claimed">Mean of the claimed probabilities.</param>
/// <param name="Right">Share of steps that were right.</param>
/// <param name="Steps">How many steps.</param>
public sealed record ReliabilityBin(double Claimed, double Right, int Steps);
