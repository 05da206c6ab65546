namespace InferenceServer.Kernels;

/// <summary>
/// Unnormalised probabilities at a temperature: w_i = e^((x_i - max) / T), so that the most probable token weighs 1. All truncation and drawing works on
/// these weights; nobody divides by their sum.
/// </summary>
public static class Temperature
{
    /// <summary>The smallest temperature that is not taken for greedy; below it 1 / T would overflow.</summary>
    public const float Smallest = 1e-30f;

    /// <summary>Writes the weights of a row and the sum of each tile of <see cref="Lanes.Tile"/> of them.</summary>
    /// <param name="row">Logits without +infinity; NaN and -infinity weigh 0.</param>
    /// <param name="max">Their maximum, finite.</param>
    /// <param name="temperature">At least <see cref="Smallest"/>.</param>
    /// <param name="weights">As long as the row.</param>
    /// <param name="tileMass">One for each tile.</param>
    /// <returns>Sum of all weights.</returns>
    public static double Weights(ReadOnlySpan<float> row, float max, float temperature, Span<float> weights, Span<float> tileMass) =>
        Weights(row, max, temperature, weights, tileMass, KernelVariants.Selected);

    public static double Weights(ReadOnlySpan<float> row, float max, float temperature, Span<float> weights, Span<float> tileMass, KernelVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weights.Length, row.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(tileMass.Length, Lanes.Tiles(row.Length));
        float inverse = 1f / temperature;
        return variant switch
        {
            KernelVariant.Avx512 => TemperatureAvx512.Weights(row, max, inverse, weights, tileMass),
            KernelVariant.Avx2 => TemperatureAvx2.Weights(row, max, inverse, weights, tileMass),
            _ => TemperatureScalar.Weights(row, max, inverse, weights, tileMass),
        };
    }
}
