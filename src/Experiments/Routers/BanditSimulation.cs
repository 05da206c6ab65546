using InferenceServer.Experiments.Statistics;
using MathNet.Numerics.Distributions;

namespace InferenceServer.Experiments.Routers;

/// <summary>
/// Routers on made-up arms whose means are known, so that what cannot be seen in service can: regret, and whether the best arm was given up
/// (Krishnamurthy and others, arXiv:2403.15371). All routers with the same seed meet the same arms.
/// </summary>
/// <param name="Arms">How many.</param>
/// <param name="Kind">Proportion: Bernoulli rewards, means uniform in 0 to 1. Mean: Gaussian rewards of deviation 1, means from N(0, 1).</param>
/// <param name="Requests">Of one run.</param>
public sealed record BanditSimulation(int Arms, MetricKind Kind, int Requests)
{
    /// <param name="router">The policy.</param>
    /// <param name="seed">Of arms and draws.</param>
    public BanditRun Run(Router router, int seed)
    {
        var world = new Random(seed);
        var random = new Random(unchecked(seed * 31 + 7));
        double[] means = [.. Enumerable.Range(0, Arms).Select(_ => Kind == MetricKind.Proportion ? world.NextDouble() : Normal.Sample(world, 0, 1))];
        string[] names = [.. Enumerable.Range(0, Arms).Select(arm => $"arm{arm}")];
        double best = means.Max();
        var (chosen, regret) = (new int[Requests], new double[Requests]);
        RouterState state = RouterState.Empty;
        double lost = 0;
        for (int t = 0; t < Requests; t++)
        {
            RouterDecision decision = router.Choose(state, "all", names, Kind, random);
            int arm = Array.IndexOf(names, decision.Arm);
            double reward = Kind == MetricKind.Proportion ? random.NextDouble() < means[arm] ? 1 : 0 : Normal.Sample(random, means[arm], 1);
            state = state.Pull(decision, router.Options.Discount, DateTimeOffset.UnixEpoch).Reward(decision, reward);
            lost += best - means[arm];
            (chosen[t], regret[t]) = (arm, lost);
        }
        RouterBucket bucket = state.Bucket("all");
        return new(Array.IndexOf(means, best), Arms, chosen, regret, (double)bucket.Greedy / Requests);
    }
}

/// <summary>One run.</summary>
/// <param name="Best">The arm with the highest mean.</param>
/// <param name="Arms">How many there are.</param>
/// <param name="Chosen">Arm of each request.</param>
/// <param name="Regret">Lost against the best arm up to and with each request.</param>
/// <param name="GreedyFrequency">Share of choices that took the best arm so far.</param>
public sealed record BanditRun(int Best, int Arms, IReadOnlyList<int> Chosen, IReadOnlyList<double> Regret, double GreedyFrequency)
{
    /// <summary>Whether the best arm is never chosen after the first <paramref name="t"/> requests.</summary>
    public bool SuffixFailure(int t) => !Chosen.Skip(t).Contains(Best);

    /// <summary>Arms x the share of the least chosen arm among the first <paramref name="t"/> requests.</summary>
    public double MinFraction(int t) => (double)Arms * Enumerable.Range(0, Arms).Min(arm => Chosen.Take(t).Count(one => one == arm)) / t;

    /// <summary>Share of the first <paramref name="t"/> requests that chose the best arm.</summary>
    public double BestArmFrequency(int t) => (double)Chosen.Take(t).Count(one => one == Best) / t;
}
