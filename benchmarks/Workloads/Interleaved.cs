namespace InferenceServer.Workloads;

/// <summary>Runs cells in turn, repetition by repetition, so that whatever else the machine does falls on all of them alike.</summary>
public static class Interleaved
{
    /// <returns>For each cell its timings in order; a cell that throws is reported and left out.</returns>
    public static IReadOnlyDictionary<string, List<DecodeTiming>> Run(
        IReadOnlyList<(string Name, IDecodeCell Cell)> cells, int rows, int promptTokens, int newTokens, int repetitions, TextWriter errors)
    {
        var timings = cells.ToDictionary(c => c.Name, _ => new List<DecodeTiming>());
        // Repetition 0 warms up: the JIT, ONNX Runtime's arenas, the pages of the KV memory.
        for (int repetition = 0; repetition <= repetitions; repetition++)
            foreach (var (name, cell) in cells)
            {
                if (!timings.ContainsKey(name))
                    continue;
                try
                {
                    var timing = cell.Run(rows, ModelShape.Prompt(promptTokens, seed: repetition), newTokens);
                    if (repetition > 0)
                        timings[name].Add(timing);
                }
#pragma warning disable CA1031 // A peer that refuses a number of rows must not end the comparison of the others.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    errors.WriteLine($"{name}, {rows} rows: {e.GetType().Name}: {e.Message}");
                    timings.Remove(name);
                }
            }
        return timings;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static double MedianSpeed(IEnumerable<DecodeTiming> timings) => Median(timings.Select(t => t.TokensPerSecond));

    public static double BestSpeed(IEnumerable<DecodeTiming> timings) => timings.Max(t => t.TokensPerSecond);
}
