namespace InferenceServer.Kernels;

/// <summary>
/// Draws from unnormalised weights by inverting their cumulative sum in order of token id: the first token whose cumulative sum exceeds u times the total.
/// No order by weight is needed for that. Whole tiles are skipped by their sums, then one tile is walked: V / 256 + 256 additions at most.
/// </summary>
public static class Categorical
{
    /// <param name="weights">At least one of them positive.</param>
    /// <param name="tileMass">Sum of each tile of <see cref="Lanes.Tile"/> weights.</param>
    /// <param name="total">Their sum.</param>
    /// <param name="uniform">From [0, 1).</param>
    public static int Draw(ReadOnlySpan<float> weights, ReadOnlySpan<float> tileMass, double total, double uniform)
    {
        double target = uniform * total, cumulative = 0;
        int tiles = Lanes.Tiles(weights.Length), drawn = -1;
        for (int tile = 0; tile < tiles; tile++)
        {
            if (cumulative + tileMass[tile] <= target)
            {
                cumulative += tileMass[tile];
                continue;
            }
            int start = tile * Lanes.Tile;
            var inside = weights[start..Math.Min(start + Lanes.Tile, weights.Length)];
            for (int i = 0; i < inside.Length; i++)
            {
                if (inside[i] == 0)
                    continue;
                drawn = start + i;
                cumulative += inside[i];
                if (cumulative > target)
                    return drawn;
            }
            return drawn;       // the walk's rounding fell short of the tile's sum by the last bit: its last token
        }
        // Only rounding leads here: the last token that has any weight.
        return weights.LastIndexOfAnyExcept(0f);
    }
}
