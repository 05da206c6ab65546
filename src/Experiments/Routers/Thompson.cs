using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;
using MathNet.Numerics.Distributions;

namespace InferenceServer.Experiments.Routers;

/// <summary>
/// Each arm with the probability that it is the best one (Thompson 1933): Beta(1 + successes, 1 + failures) for proportions, N(mean, s²/(n + 1)) for means.
/// Differences: the posterior of a mean is narrowed, as if observations counted two and a half times, which loses less in the first hundreds of requests (Chapelle and Li,
/// NIPS 2011, section 3.1); that of a proportion is narrow enough. Instead of one draw from each posterior there are several, and the arm is drawn by how often each wins: the same policy, and the
/// propensity in the log is exactly the one that the choice was made with. Pending choices do not count: they know nothing of the reward.
/// </summary>
[Plugin("thompson", "Each arm as often as it is likely to be the best.", Paper = "arXiv:1707.02038")]
public sealed class Thompson : IRouter<ThompsonOptions>
{
    public double[] Propensities(ThompsonOptions options, RouterView view, Random random)
    {
        // Without a scale a mean has no posterior; a proportion's is flat.
        if (view.Kind == MetricKind.Mean && view.Untried() is { } untried)
            return untried;
        double width = options.Width ?? (view.Kind == MetricKind.Proportion ? 1 : 0.4);
        var wins = new int[view.Arms.Count];
        for (int draw = 0; draw < options.Draws; draw++)
        {
            (int best, double highest) = (0, double.NegativeInfinity);
            for (int arm = 0; arm < wins.Length; arm++)
                if (Draw(view.Arms[arm], view, width, random) is var value && value > highest)
                    (best, highest) = (arm, value);
            wins[best]++;
        }
        return [.. wins.Select(won => (double)won / options.Draws)];
    }

    private static double Draw(ArmView arm, RouterView view, double width, Random random)
    {
        if (view.Kind == MetricKind.Mean)
            return Normal.Sample(random, arm.Mean, view.Deviation * Math.Sqrt(width / (arm.Rewards + 1)));
        double successes = Math.Clamp(arm.Mean, 0, 1) * arm.Rewards;
        double won = Gamma.Sample(random, (1 + successes) / width, 1), lost = Gamma.Sample(random, (1 + arm.Rewards - successes) / width, 1);
        return won / (won + lost);
    }
}

public sealed record ThompsonOptions : RouterOptions
{
    [Description("Variance of the posteriors over that of the textbook: the smaller, the less it explores. 1 for proportions, 0.4 for means unless given.")]
    [Range(0.01, 1.0)]
    public double? Width { get; init; }

    [Description("Draws from each posterior for one choice; with one it is Thompson's own rule, and the propensity in the log is 1 or near it.")]
    [Range(1, 10_000)]
    public int Draws { get; init; } = 20;
}
