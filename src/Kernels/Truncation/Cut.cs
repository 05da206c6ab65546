namespace InferenceServer.Kernels;

/// <summary>
/// What a truncation keeps. Top-k, min-p and top-p all keep the first few tokens in order of weight (equal weights: in order of id), so each is a
/// threshold, and all together are the strictest of them.
/// </summary>
/// <param name="Threshold">Tokens of at least this weight stay.</param>
/// <param name="Ties">How many tokens of exactly this weight stay, lowest ids first.</param>
public readonly record struct Cut(float Threshold, int Ties)
{
    /// <summary>Keeps everything.</summary>
    public static Cut None { get; } = new(0f, int.MaxValue);

    /// <summary>What both keep.</summary>
    public static Cut Strictest(Cut a, Cut b) =>
        a.Threshold != b.Threshold ? (a.Threshold > b.Threshold ? a : b) : a with { Ties = Math.Min(a.Ties, b.Ties) };
}
