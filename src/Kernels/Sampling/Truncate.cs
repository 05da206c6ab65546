namespace InferenceServer.Kernels;

/// <summary>Applies a cut: the weights it drops become 0.</summary>
public static class Truncate
{
    /// <param name="weights">As <see cref="Temperature"/> writes them; dropped ones become 0.</param>
    /// <param name="tileMass">Receives the sum of each tile of <see cref="Lanes.Tile"/> weights.</param>
    /// <returns>Sum of the kept weights.</returns>
    public static double Apply(Span<float> weights, Cut cut, Span<float> tileMass) => Apply(weights, cut, tileMass, KernelVariants.Selected);

    public static double Apply(Span<float> weights, Cut cut, Span<float> tileMass, KernelVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tileMass.Length, Lanes.Tiles(weights.Length));
        if (cut.Ties != int.MaxValue)
            DropTies(weights, cut, variant);
        return variant switch
        {
            KernelVariant.Avx512 => TruncateAvx512.Apply(weights, cut.Threshold, tileMass),
            KernelVariant.Avx2 => TruncateAvx2.Apply(weights, cut.Threshold, tileMass),
            _ => TruncateScalar.Apply(weights, cut.Threshold, tileMass),
        };
    }

    /// <summary>Rare: several tokens of exactly the threshold's weight, of which some go.</summary>
    private static void DropTies(Span<float> weights, Cut cut, KernelVariant variant)
    {
        int kept = 0;
        for (int start = 0; ;)
        {
            int next = ArgMax.First(weights[start..], cut.Threshold, variant);
            if (next < 0)
                return;
            if (++kept > cut.Ties)
                weights[start + next] = 0;
            start += next + 1;
        }
    }
}
