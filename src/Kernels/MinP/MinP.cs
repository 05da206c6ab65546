namespace InferenceServer.Kernels;

/// <summary>Min-p truncation: keeps tokens at least as probable as a share of the most probable one. Nguyen et al., arXiv:2407.01082.</summary>
public static class MinP
{
    /// <summary>The most probable token weighs 1, so the share is the threshold: nothing is searched, and no variant is needed.</summary>
    /// <param name="minP">From 0 (everything) to 1 (the most probable token and its equals).</param>
    public static Cut Find(float minP) => new(Math.Clamp(minP, 0f, 1f), int.MaxValue);
}
