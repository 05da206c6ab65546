namespace InferenceServer.Evaluation.Pools;

/// <summary>
/// How a score relates to an outcome among samples of the same problem. Pooled over problems both measures also reward telling hard problems from easy ones, which helps nobody
/// choose a sample.
/// </summary>
public static class WithinProblem
{
    /// <summary>Pairs of a right and a wrong sample of one problem that the score ranks rightly, equal scores half, and all such pairs.</summary>
    public static (double Won, double Pairs) Ranked(PooledProblem problem, Func<PooledSample, double> score)
    {
        double[] right = [.. problem.Samples.Where(s => s.IsRight).Select(score)], wrong = [.. problem.Samples.Where(s => !s.IsRight).Select(score)];
        double won = 0;
        foreach (double r in right)
            foreach (double w in wrong)
                won += r > w ? 1 : r == w ? 0.5 : 0;
        return (won, right.Length * (double)wrong.Length);
    }

    /// <summary>Pearson's correlation of two measures, over all samples as they are, and of their distances from their problem's mean.</summary>
    public static (double Pooled, double Within) Correlation(IReadOnlyList<PooledProblem> problems, Func<PooledSample, double> x, Func<PooledSample, double> y)
    {
        var pooled = (X: new List<double>(), Y: new List<double>());
        var within = (X: new List<double>(), Y: new List<double>());
        foreach (PooledProblem problem in problems)
        {
            (double X, double Y)[] pairs = [.. problem.Samples.Select(s => (x(s), y(s))).Where(p => double.IsFinite(p.Item1) && double.IsFinite(p.Item2))];
            if (pairs.Length < 2)
                continue;
            double meanX = pairs.Average(p => p.X), meanY = pairs.Average(p => p.Y);
            foreach (var (a, b) in pairs)
            {
                pooled.X.Add(a);
                pooled.Y.Add(b);
                within.X.Add(a - meanX);
                within.Y.Add(b - meanY);
            }
        }
        return (Pearson(pooled.X, pooled.Y), Pearson(within.X, within.Y));
    }

    private static double Pearson(List<double> x, List<double> y) => x.Count < 2 ? double.NaN : MathNet.Numerics.Statistics.Correlation.Pearson(x, y);
}
