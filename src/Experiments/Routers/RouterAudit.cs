namespace InferenceServer.Experiments.Routers;

/// <summary>
/// Whether a router still explores. A low regret can hide that it locked in early (arXiv:2509.24923), and in service the best arm is not known: these are the
/// signs that can be seen without knowing it.
/// </summary>
/// <param name="Bucket">The context.</param>
/// <param name="Requests">Choices.</param>
/// <param name="Regret">Estimated: what was lost against the arm that now looks best. Null before every chosen arm has a reward.</param>
/// <param name="GreedyFrequency">Share of choices that took the best arm so far: 1 is a router that does not explore.</param>
/// <param name="MinFraction">Arms x the least chosen arm's share: 1 when all are chosen alike; staying high it never settles, near 0 it has.</param>
/// <param name="LeastPulled">The least chosen arm's share.</param>
/// <param name="SuffixFailure">The arm that now looks best was not chosen once in the later half of the requests.</param>
/// <param name="Arms">In the experiment's order.</param>
public sealed record RouterAudit(
    string Bucket, long Requests, double? Regret, double GreedyFrequency, double MinFraction, double LeastPulled, bool SuffixFailure, IReadOnlyList<ArmAudit> Arms)
{
    /// <summary>An arm with less traffic than this whose upper bound is above the leader's mean is overlooked.</summary>
    private const double Overlooked = 0.01;

    /// <param name="state">What the router knows.</param>
    /// <param name="router">Its policy.</param>
    /// <param name="arms">The experiment's arms.</param>
    /// <param name="kind">Of the rewards.</param>
    /// <param name="now">For the days since the last pull.</param>
    /// <returns>One for each bucket, in order of name.</returns>
    public static IReadOnlyList<RouterAudit> Of(RouterState state, Router router, IReadOnlyList<string> arms, Statistics.MetricKind kind, DateTimeOffset now) =>
        [.. state.Buckets.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => Of(pair.Key, pair.Value, router.View(state, pair.Key, arms, kind), arms, now))];

    private static RouterAudit Of(string name, RouterBucket bucket, RouterView view, IReadOnlyList<string> arms, DateTimeOffset now)
    {
        ArmRecord[] records = [.. arms.Select(bucket.Arm)];
        double requests = Math.Max(1, records.Sum(arm => arm.Chosen)), leader = view.Arms.Max(arm => arm.Mean);
        int best = view.Arms.ToList().FindIndex(arm => arm.Mean == leader);
        double least = records.Min(arm => arm.Chosen) / requests;
        double? regret = records.All(arm => arm.Chosen == 0 || arm.Rewards > 0) ? records.Zip(view.Arms, (arm, seen) => arm.Chosen * (leader - seen.Mean)).Sum() : null;
        double log = Math.Log(Math.Max(1, view.Requests)), scale = view.Kind == Statistics.MetricKind.Proportion ? 0.5 : 0.5 * view.Deviation;
        return new(
            name, bucket.Requests, regret, (double)bucket.Greedy / Math.Max(1, bucket.Requests), arms.Count * least, least,
            bucket.Requests >= 2 * arms.Count && records[best].LastRequest <= bucket.Requests / 2,
            [.. arms.Select((arm, i) => new ArmAudit(
                arm, records[i].Chosen, records[i].Chosen / requests, records[i].Mean, records[i].InverseCount > 0 ? records[i].InverseSum / records[i].InverseCount : null,
                records[i].LastChosen is { } last ? Math.Max(0, (now - last).TotalDays) : null,
                i != best && records[i].Chosen / requests < Overlooked
                    && (view.Arms[i].Pulls <= 0 || view.Arms[i].Mean + scale * Math.Sqrt(log / view.Arms[i].Pulls) > leader)))]);
    }
}

/// <param name="Chosen">Choices ever.</param>
/// <param name="Share">Of all.</param>
/// <param name="Mean">Of the rewards, recent ones counting more.</param>
/// <param name="WeightedMean">Of all rewards, weighted by inverse propensity: what the arm would earn if it had every request.</param>
/// <param name="DaysSinceChosen">Null when it never was.</param>
/// <param name="Overlooked">Hardly any traffic, though it could still be the best.</param>
public sealed record ArmAudit(string Name, long Chosen, double Share, double? Mean, double? WeightedMean, double? DaysSinceChosen, bool Overlooked);
