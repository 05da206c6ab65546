namespace InferenceServer.Experiments.Routers;

/// <summary>What a router remembers of one arm in one bucket. Counts that learn are discounted, counts that audit are whole.</summary>
/// <param name="Pulls">Choices, discounted, with those whose reward has not come: a slow arm must not look untried.</param>
/// <param name="Rewards">Rewards that came, discounted.</param>
/// <param name="Sum">Their sum, discounted alike.</param>
/// <param name="SumOfSquares">Of the rewards, discounted alike.</param>
/// <param name="Chosen">Choices ever.</param>
/// <param name="LastRequest">Number of the bucket's request that chose it last; 0 when none did.</param>
/// <param name="LastChosen">When that was.</param>
/// <param name="InverseSum">Sum of reward / propensity over all rewards.</param>
/// <param name="InverseCount">Sum of 1 / propensity over them.</param>
public readonly record struct ArmRecord(
    double Pulls, double Rewards, double Sum, double SumOfSquares, long Chosen, long LastRequest, DateTimeOffset? LastChosen, double InverseSum, double InverseCount)
{
    /// <summary>Of the rewards that came; null before the first.</summary>
    public double? Mean => Rewards > 0 ? Sum / Rewards : null;

    /// <summary>Squared deviations of the rewards from their mean.</summary>
    public double Deviations => Rewards > 0 ? Math.Max(0, SumOfSquares - Sum * Sum / Rewards) : 0;

    internal ArmRecord Forget(double discount) =>
        this with { Pulls = Pulls * discount, Rewards = Rewards * discount, Sum = Sum * discount, SumOfSquares = SumOfSquares * discount };

    internal ArmRecord Pull(long request, DateTimeOffset now) => this with { Pulls = Pulls + 1, Chosen = Chosen + 1, LastRequest = request, LastChosen = now };

    internal ArmRecord Reward(double reward, double propensity) => this with
    {
        Rewards = Rewards + 1,
        Sum = Sum + reward,
        SumOfSquares = SumOfSquares + reward * reward,
        InverseSum = InverseSum + reward / propensity,
        InverseCount = InverseCount + 1 / propensity,
    };

    internal ArmRecord Correct(double before, double after, double propensity) => this with
    {
        Sum = Sum + after - before,
        SumOfSquares = SumOfSquares + after * after - before * before,
        InverseSum = InverseSum + (after - before) / propensity,
    };

    internal ArmRecord Plus(ArmRecord other) => new(
        Pulls + other.Pulls, Rewards + other.Rewards, Sum + other.Sum, SumOfSquares + other.SumOfSquares, Chosen + other.Chosen, 0,
        LastChosen is { } mine && other.LastChosen is { } theirs ? mine > theirs ? mine : theirs : LastChosen ?? other.LastChosen,
        InverseSum + other.InverseSum, InverseCount + other.InverseCount);
}
