using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>A way to settle on one of several sampled solutions.</summary>
/// <param name="Choose">From a problem and the indices of the samples that there are, the one chosen.</param>
public sealed record Selector(string Name, Func<MeasuredProblem, IReadOnlyList<int>, int> Choose)
{
    public const string Majority = "majority";

    /// <summary>All that can be had with the given scorers.</summary>
    public static IReadOnlyList<Selector> Of(IEnumerable<Scorer> scorers) =>
    [
        new(Majority, (problem, samples) => Vote(problem, samples, _ => 1)),
        new("majority of those whose equations hold", CheckedMajority),
        .. scorers.SelectMany(scorer => scorer.Aggregations.Select(aggregation => new Selector(NameOf(scorer, aggregation),
            (problem, samples) => samples.MaxBy(i => scorer.Aggregate(problem, i, aggregation))))),
        .. scorers.Where(scorer => scorer.IsProbability).Select(scorer => new Selector($"majority weighted by {scorer.Name}",
            (problem, samples) => Vote(problem, samples, i => Math.Max(0, scorer.Aggregate(problem, i, Aggregation.Last))))),
    ];

    public static string NameOf(Scorer scorer, Aggregation aggregation) =>
        scorer.Aggregations.Count > 1 ? $"{scorer.Name}, {aggregation.ToString().ToLowerInvariant()}" : scorer.Name;

    private static int CheckedMajority(MeasuredProblem problem, IReadOnlyList<int> samples)
    {
        int[] holding = [.. samples.Where(i => problem.Samples[i].Finished && StepVerifier.Check(SolutionLines.Settled(problem.Samples[i].Text)).Passed)];
        return Vote(problem, holding.Length > 0 ? holding : samples, _ => 1);
    }

    /// <summary>A sample of the answer with the most weight; of equal ones, the answer that came first.</summary>
    private static int Vote(MeasuredProblem problem, IReadOnlyList<int> samples, Func<int, double> weight)
    {
        var answers = samples.Where(i => problem.Answers[i] is not null).GroupBy(i => problem.Answers[i]).ToArray();
        return answers.Length == 0 ? samples[0] : answers.OrderByDescending(group => group.Sum(weight)).ThenBy(group => group.Min()).First().Min();
    }
}
