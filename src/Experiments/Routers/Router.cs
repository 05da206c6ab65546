using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Routers;

/// <summary>A policy with its options: chooses arms from a state, changes nothing.</summary>
public sealed class Router
{
    private readonly Func<RouterView, Random, double[]> _propensities;

    internal Router(string name, RouterOptions options, Func<RouterView, Random, double[]> propensities) => (Name, Options, _propensities) = (name, options, propensities);

    public string Name { get; }
    public RouterOptions Options { get; }

    /// <param name="state">What is known.</param>
    /// <param name="bucket">The request's context.</param>
    /// <param name="arms">The arms that may be chosen, at least one.</param>
    /// <param name="kind">Of the rewards.</param>
    /// <param name="random">Draws.</param>
    public RouterDecision Choose(RouterState state, string bucket, IReadOnlyList<string> arms, MetricKind kind, Random random)
    {
        double[] shares = _propensities(View(state, bucket, arms, kind), random);
        double draw = random.NextDouble();
        int chosen = arms.Count - 1;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            shares[arm] = (1 - Options.Floor) * shares[arm] + Options.Floor / arms.Count;
            if (draw >= 0 && (draw -= shares[arm]) < 0)
                chosen = arm;
        }
        // A rounding error of the sum must not choose what cannot be chosen.
        while (shares[chosen] <= 0)
            chosen--;
        return new(bucket, arms[chosen], shares[chosen]);
    }

    /// <summary>The arms as the policy sees them: each bucket's own rewards, and the other buckets' mean as a prior worth <see cref="RouterOptions.Shrinkage"/>
    /// rewards, or as many as they have when that is less.</summary>
    public RouterView View(RouterState state, string bucket, IReadOnlyList<string> arms, MetricKind kind)
    {
        RouterBucket own = state.Bucket(bucket);
        RouterBucket[] others = [.. state.Buckets.Where(pair => pair.Key != bucket).Select(pair => pair.Value)];
        ArmRecord[] mine = [.. arms.Select(own.Arm)];
        ArmRecord[] theirs = [.. arms.Select(arm => others.Aggregate(default(ArmRecord), (all, other) => all.Plus(other.Arm(arm))))];
        double rewards = mine.Sum(arm => arm.Rewards) + theirs.Sum(arm => arm.Rewards);
        double sum = mine.Sum(arm => arm.Sum) + theirs.Sum(arm => arm.Sum);
        double unknown = rewards > 0 ? sum / rewards : 0.5;
        ArmView[] views = [.. mine.Zip(theirs, (arm, other) =>
        {
            double prior = Math.Min(Options.Shrinkage, other.Rewards), weight = arm.Rewards + prior;
            double mean = weight > 0 ? (arm.Sum + prior * (other.Mean ?? 0)) / weight : unknown;
            return new ArmView(mean, arm.Pulls + prior, weight);
        })];
        return new(views, views.Sum(arm => arm.Pulls), kind, Deviation([.. mine, .. theirs], rewards, sum));
    }

    /// <summary>Pooled inside arms, with the spread of all rewards as one more observation, so that it is not 0 before arms have been repeated.</summary>
    private static double Deviation(ArmRecord[] arms, double rewards, double sum)
    {
        if (rewards <= 0)
            return 0.5;
        double all = Math.Max(0, arms.Sum(arm => arm.SumOfSquares) - sum * sum / rewards) / rewards;
        double inside = arms.Sum(arm => arm.Deviations), freedom = arms.Sum(arm => Math.Max(0, arm.Rewards - 1));
        return Math.Sqrt((inside + all) / (freedom + 1));
    }
}
