namespace InferenceServer.Kernels;

/// <summary>Top-k truncation: keeps the k most probable tokens. Fan, Lewis and Dauphin, arXiv:1805.04833.</summary>
public static class TopK
{
    /// <param name="weights">As <see cref="Temperature"/> writes them.</param>
    /// <param name="k">At least 1; V and more keep everything.</param>
    /// <param name="scratch">As long as the weights and <see cref="Lanes.Width"/> longer.</param>
    public static Cut Find(ReadOnlySpan<float> weights, int k, Span<float> scratch) => Find(weights, k, scratch, KernelVariants.Selected);

    public static Cut Find(ReadOnlySpan<float> weights, int k, Span<float> scratch, KernelVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return k >= weights.Length ? Cut.None : ThresholdSearch.Find(weights, new Tokens(k), floor: 0f, scratch, variant);
    }

    private readonly struct Tokens(int k) : ICutCriterion
    {
        public bool IsReached(int count, double mass) => count >= k;

        public int Missing(int count, double mass, float weight) => k - count;
    }
}
