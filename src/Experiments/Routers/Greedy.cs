using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Routers;

/// <summary>The arm with the highest mean, each tried once before. Here to be compared with: it locks in on an arm that was lucky early, and never learns of it.</summary>
[Plugin("greedy", "The best so far, always: the baseline that shows why exploring is needed.", Paper = "arXiv:2403.15371")]
public sealed class Greedy : IRouter<GreedyOptions>
{
    public double[] Propensities(GreedyOptions options, RouterView view, Random random) => view.Untried() ?? view.Largest(arm => arm.Mean);
}

public sealed record GreedyOptions : RouterOptions
{
    /// <summary>Without a floor: that is the point of it.</summary>
    public GreedyOptions() => Floor = 0;
}
