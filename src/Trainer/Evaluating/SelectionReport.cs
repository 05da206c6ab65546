using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>Accuracy of a selector among N samples, and against the majority at the largest N.</summary>
/// <param name="ByN">By the number of samples. A problem's samples are cut into as many sets of N as they give.</param>
/// <param name="AboveMajority">Paired difference to the majority vote.</param>
/// <param name="AboveMeanLogProb">Paired difference to the mean log-probability, the best score that needs no training.</param>
public sealed record SelectionReport(IReadOnlyDictionary<int, Interval> ByN, Interval AboveMajority, Interval AboveMeanLogProb)
{
    /// <summary>Of every selector, and of the oracle.</summary>
    public static IReadOnlyDictionary<string, SelectionReport> Of(IReadOnlyList<MeasuredProblem> problems, IReadOnlyList<Scorer> scorers)
    {
        int samples = problems[0].Count;
        int[] sizes = [.. Sizes(samples)];
        var accuracies = Selector.Of(scorers).ToDictionary(
            selector => selector.Name,
            selector => sizes.ToDictionary(n => n, n => problems.Select(problem => Blocks(samples, n).Average(block => problem.Right[selector.Choose(problem, block)] ? 1.0 : 0.0)).ToArray()));
        accuracies["oracle"] = sizes.ToDictionary(n => n, n => problems.Select(problem => PassAtK.Estimate(samples, problem.Right.Count(right => right), n)).ToArray());
        double[] majority = accuracies[Selector.Majority][samples], likelihood = accuracies[Scorer.MeanLogProb.Name][samples];
        return accuracies.ToDictionary(selector => selector.Key, selector => new SelectionReport(
            selector.Value.ToDictionary(byN => byN.Key, byN => Bootstrap.Mean(byN.Value, resamples: 2000)),
            Difference(selector.Value[samples], majority),
            Difference(selector.Value[samples], likelihood)));
    }

    /// <summary>1, 2, 4, ... up to the number of samples.</summary>
    public static IEnumerable<int> Sizes(int samples)
    {
        for (int n = 1; n <= samples; n *= 2)
            yield return n;
    }

    private static IEnumerable<int[]> Blocks(int samples, int size) => Enumerable.Range(0, samples).Chunk(size).Where(block => block.Length == size);

    private static Interval Difference(double[] a, double[] b) => Bootstrap.Mean([.. a.Zip(b, (x, y) => x - y)], resamples: 2000);
}
