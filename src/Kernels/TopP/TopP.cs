namespace InferenceServer.Kernels;

/// <summary>Top-p (nucleus) truncation: keeps the smallest set of tokens that holds a share p of the mass. Holtzman et al., arXiv:1904.09751.</summary>
public static class TopP
{
    /// <param name="weights">As <see cref="Temperature"/> writes them.</param>
    /// <param name="p">From 0 (the most probable token alone) to 1 (everything).</param>
    /// <param name="total">Sum of the weights.</param>
    /// <param name="scratch">As long as the weights and <see cref="Lanes.Width"/> longer.</param>
    public static Cut Find(ReadOnlySpan<float> weights, float p, double total, Span<float> scratch) =>
        Find(weights, p, total, scratch, KernelVariants.Selected);

    public static Cut Find(ReadOnlySpan<float> weights, float p, double total, Span<float> scratch, KernelVariant variant)
    {
        if (p >= 1f)
            return Cut.None;
        // Tokens lighter than (1 - p) / V of the mass hold less than 1 - p of it even if all of them were: they are never needed.
        float floor = (float)Math.Min(1, 0.999 * (1 - p) * total / weights.Length);
        return ThresholdSearch.Find(weights, new Mass(p * total), floor, scratch, variant);
    }

    private readonly struct Mass(double target) : ICutCriterion
    {
        public bool IsReached(int count, double mass) => count > 0 && mass >= target;

        public int Missing(int count, double mass, float weight) => (int)Math.Min(int.MaxValue, Math.Ceiling((target - mass) / weight));
    }
}
