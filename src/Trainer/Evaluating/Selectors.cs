using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>Ways to settle on one of several sampled solutions. Each returns its index.</summary>
public static class Selectors
{
    public static readonly IReadOnlyList<(string Name, Func<IReadOnlyList<Rollout>, int> Choose)> All =
    [
        ("majority", Majority),
        ("likelihood", rollouts => Best(rollouts, rollout => rollout.LogProbs.Average())),
        ("value at the end", rollouts => Best(rollouts, rollout => rollout.Values[^1])),
        ("value-weighted majority", WeightedMajority),
        ("majority of those whose equations hold", CheckedMajority),
    ];

    private static int Best(IReadOnlyList<Rollout> rollouts, Func<Rollout, double> score) =>
        Enumerable.Range(0, rollouts.Count).MaxBy(i => rollouts[i].Finished ? score(rollouts[i]) : double.NegativeInfinity);

    private static int Majority(IReadOnlyList<Rollout> rollouts) => Vote(rollouts, Enumerable.Range(0, rollouts.Count), _ => 1);

    private static int WeightedMajority(IReadOnlyList<Rollout> rollouts) => Vote(rollouts, Enumerable.Range(0, rollouts.Count), rollout => rollout.Values[^1]);

    private static int CheckedMajority(IReadOnlyList<Rollout> rollouts)
    {
        int[] holding = [.. Enumerable.Range(0, rollouts.Count).Where(i => StepVerifier.Check(rollouts[i].Text).Passed)];
        return holding.Length > 0 ? Vote(rollouts, holding, _ => 1) : Majority(rollouts);
    }

    private static int Vote(IReadOnlyList<Rollout> rollouts, IEnumerable<int> voters, Func<Rollout, double> weight) =>
        voters.Where(i => StepVerifier.AnswerText(rollouts[i].Text) is not null).GroupBy(i => StepVerifier.AnswerText(rollouts[i].Text))
            .OrderByDescending(group => group.Sum(i => weight(rollouts[i]))).ThenBy(group => group.Min()).Select(group => group.Min()).FirstOrDefault();
}
