using InferenceServer.Strategies.Answers;

namespace InferenceServer.Evaluation.Pools;

/// <summary>A way to settle on one of several samples.</summary>
/// <param name="Name">As plans spell it.</param>
/// <param name="Choose">From a problem and the positions of the samples that there are, the chosen one; several when chance decides between them evenly.</param>
public sealed record PoolSelector(string Name, Func<PooledProblem, IReadOnlyList<int>, IReadOnlyList<int>> Choose)
{
    public static readonly PoolSelector Random = new("random", (_, block) => block);

    /// <summary>A right one if there is any: what a perfect verifier would choose.</summary>
    public static readonly PoolSelector Oracle = new("oracle", (problem, block) => [block.MaxBy(i => problem.Samples[i].Grade)]);

    public static readonly PoolSelector Vote = Voting("vote", _ => 1);

    /// <summary>The highest score; ties go to the first, and what cannot be scored never wins.</summary>
    public static PoolSelector Best(PoolScore score) => new(score.Name, (problem, block) => [Leader(block, i => score.Whole(problem.Samples[i]))]);

    /// <summary>The answer with most weight, spoken for by its first sample; the first sample when there is no answer.</summary>
    public static PoolSelector Voting(string name, Func<PooledSample, double> weight) => new(name, (problem, block) =>
    {
        IReadOnlyList<VoteCluster> clusters = Strategies.Answers.Vote.Count([.. block.Select(i => problem.Samples[i].Extracted)], [.. block.Select(i => weight(problem.Samples[i]))]);
        return [clusters.Count == 0 ? block[0] : block[clusters[0].First]];
    });

    /// <summary>The selector among the samples that pass a check, or among all when none does.</summary>
    public PoolSelector Among(string name, Func<PooledSample, bool> passes) => new(name, (problem, block) =>
    {
        int[] passing = [.. block.Where(i => passes(problem.Samples[i]))];
        return Choose(problem, passing.Length > 0 ? passing : block);
    });

    /// <summary>Mean accuracy over as many separate blocks of n samples as a problem has: no sample is used twice, so the estimate is unbiased.</summary>
    public double Accuracy(PooledProblem problem, int n) => Mean(problem, n, sample => sample.IsRight ? 1 : 0);

    /// <summary>The same of any measure of the chosen sample.</summary>
    public double Mean(PooledProblem problem, int n, Func<PooledSample, double> measure) =>
        Blocks(problem.Samples.Count, n).Average(block => Choose(problem, block).Average(i => measure(problem.Samples[i])));

    public static IEnumerable<int[]> Blocks(int samples, int n)
    {
        if (n > samples)
            throw new ArgumentOutOfRangeException(nameof(n), n, $"There are {samples} samples.");
        return Enumerable.Range(0, samples).Chunk(n).Where(block => block.Length == n);
    }

    private static int Leader(IReadOnlyList<int> block, Func<int, double> score)
    {
        int leader = block[0];
        double best = score(leader);
        foreach (int i in block.Skip(1))
            if (score(i) is var next && !double.IsNaN(next) && !(best >= next))
                (leader, best) = (i, next);
        return leader;
    }
}
