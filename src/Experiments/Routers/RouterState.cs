namespace InferenceServer.Experiments.Routers;

/// <summary>
/// Everything that a router has learnt: a value, small, that serializes as JSON. Each change is a function of the state it is made on, and their order hardly
/// matters, so servers that share one posterior apply them by compare-and-set and repeat on the newest state when another was first.
/// </summary>
/// <param name="Buckets">By context, see <see cref="ContextBucket"/>.</param>
public sealed record RouterState(IReadOnlyDictionary<string, RouterBucket> Buckets)
{
    public static RouterState Empty { get; } = new(new Dictionary<string, RouterBucket>());

    public RouterBucket Bucket(string name) => Buckets.TryGetValue(name, out RouterBucket? bucket) ? bucket : RouterBucket.Empty;

    /// <summary>An arm was chosen.</summary>
    /// <param name="decision">What was chosen.</param>
    /// <param name="discount">How much of what the bucket knows is left afterwards.</param>
    /// <param name="now">When.</param>
    public RouterState Pull(RouterDecision decision, double discount, DateTimeOffset now) =>
        With(decision.Bucket, Bucket(decision.Bucket).Pull(decision, discount, now));

    /// <summary>The reward of an earlier choice came.</summary>
    /// <param name="reward">The higher the better.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reward is no finite number.</exception>
    public RouterState Reward(RouterDecision decision, double reward)
    {
        if (!double.IsFinite(reward))
            throw new ArgumentOutOfRangeException(nameof(reward), "A reward must be a finite number.");
        RouterBucket bucket = Bucket(decision.Bucket);
        return With(decision.Bucket, bucket.With(decision.Arm, bucket.Arm(decision.Arm).Reward(reward, decision.Propensity)));
    }

    /// <summary>A reward was told wrong. It counts as if the right one had come in its place, at the weight of a new one.</summary>
    public RouterState Correct(RouterDecision decision, double before, double after)
    {
        RouterBucket bucket = Bucket(decision.Bucket);
        return With(decision.Bucket, bucket.With(decision.Arm, bucket.Arm(decision.Arm).Correct(before, after, decision.Propensity)));
    }

    private RouterState With(string name, RouterBucket bucket) => new(new Dictionary<string, RouterBucket>(Buckets) { [name] = bucket });
}

/// <summary>What is known in one context.</summary>
/// <param name="Requests">Choices ever.</param>
/// <param name="Greedy">Choices that took the arm with the highest mean so far.</param>
/// <param name="Arms">By name.</param>
public sealed record RouterBucket(long Requests, long Greedy, IReadOnlyDictionary<string, ArmRecord> Arms)
{
    public static RouterBucket Empty { get; } = new(0, 0, new Dictionary<string, ArmRecord>());

    public ArmRecord Arm(string name) => Arms.TryGetValue(name, out ArmRecord arm) ? arm : default;

    internal RouterBucket With(string name, ArmRecord arm) => this with { Arms = new Dictionary<string, ArmRecord>(Arms) { [name] = arm } };

    internal RouterBucket Pull(RouterDecision decision, double discount, DateTimeOffset now)
    {
        var arms = new Dictionary<string, ArmRecord>();
        foreach (var (name, arm) in Arms)
            arms[name] = arm.Forget(discount);
        double? best = Arms.Count == 0 ? null : Arms.Values.Max(arm => arm.Mean);
        arms[decision.Arm] = arms.GetValueOrDefault(decision.Arm).Pull(Requests + 1, now);
        return new(Requests + 1, Greedy + (best is not null && Arm(decision.Arm).Mean == best ? 1 : 0), arms);
    }
}

/// <summary>What was chosen, and how likely that was: kept with the request until its reward comes.</summary>
/// <param name="Propensity">Probability of the arm at the moment of the choice, exactly: what an estimate from logged choices divides by.</param>
public sealed record RouterDecision(string Bucket, string Arm, double Propensity);
