using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>
/// What is left when a score keeps a quarter of the samples before they are finished, against a quarter kept at random (Sun et al., "Speculative Rejection", arXiv:2410.20290).
/// Random needs no dice: its expectation is known.
/// </summary>
/// <param name="Kept">Accuracy of the kept ones.</param>
/// <param name="Random">Accuracy of all, which is what random ones have on average.</param>
/// <param name="Difference">Kept less random, paired by problem.</param>
/// <param name="SolvedDifference">Share of problems with a right one among the kept, less the same of random ones, paired.</param>
public sealed record RejectionReport(Interval Kept, Interval Random, Interval Difference, Interval SolvedDifference)
{
    private const int KeptShare = 4;

    /// <summary>Points at which to reject, by name: a number of tokens or the end of a step.</summary>
    public static readonly IReadOnlyDictionary<string, Func<MeasuredProblem, int, int>> Points = new Dictionary<string, Func<MeasuredProblem, int, int>>
    {
        ["after 16 tokens"] = (_, _) => 15,
        ["after 32 tokens"] = (_, _) => 31,
        ["after step 1"] = (problem, i) => StepEnd(problem, i, 1),
        ["after step 2"] = (problem, i) => StepEnd(problem, i, 2),
    };

    public static RejectionReport Of(IReadOnlyList<MeasuredProblem> problems, Scorer scorer, Func<MeasuredProblem, int, int> point)
    {
        int samples = problems[0].Count, keep = Math.Max(1, samples / KeptShare);
        List<double> kept = [], all = [], solved = [];
        foreach (var problem in problems)
        {
            int[] best = [.. Enumerable.Range(0, samples).OrderByDescending(i => Score(problem, i, scorer, point)).Take(keep)];
            int right = problem.Right.Count(r => r);
            kept.Add(best.Average(i => problem.Right[i] ? 1.0 : 0.0));
            all.Add(right / (double)samples);
            solved.Add((best.Any(i => problem.Right[i]) ? 1 : 0) - PassAtK.Estimate(samples, right, keep));
        }
        return new(Bootstrap.Mean(kept, 2000), Bootstrap.Mean(all, 2000), Bootstrap.Mean([.. kept.Zip(all, (k, a) => k - a)], 2000), Bootstrap.Mean(solved, 2000));
    }

    // A log-probability says nothing of earlier steps, so its worst so far counts; a reward speaks of all that stands there.
    private static double Score(MeasuredProblem problem, int sample, Scorer scorer, Func<MeasuredProblem, int, int> point)
    {
        float[] curve = scorer.Curve(problem, sample);
        if (curve.Length == 0)
            return double.NegativeInfinity;
        int at = Math.Min(point(problem, sample), curve.Length - 1);
        return scorer == Scorer.LeastLikelyToken ? curve.Take(at + 1).Min() : curve[at];
    }

    private static int StepEnd(MeasuredProblem problem, int sample, int step) =>
        problem.Labels[sample].Ends is var ends && ends.Length >= step ? ends[step - 1] : int.MaxValue;
}
