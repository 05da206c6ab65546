using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine.Tests.Sampling;

/// <summary>The sampler's definition written with sorts and double precision.</summary>
internal static class NaiveSampler
{
    /// <summary>The distribution that the draw is from: a probability for each token.</summary>
    public static double[] Distribution(float[] logits, SamplingOptions options, int[] history, int promptLength)
    {
        var row = logits.Select(x => float.IsNaN(x) ? double.NegativeInfinity : x).ToArray();
        foreach (var (token, bias) in options.LogitBias ?? new Dictionary<int, float>())
            row[token] += bias;
        foreach (int token in history.Distinct())
        {
            row[token] = row[token] > 0 ? row[token] / options.RepetitionPenalty : row[token] * options.RepetitionPenalty;
            int sampled = history.Skip(promptLength).Count(t => t == token);
            row[token] -= sampled * options.FrequencyPenalty + (sampled > 0 ? options.PresencePenalty : 0);
        }
        double max = row.Max();
        var weights = row.Select(x => Math.Exp((x - max) / options.Temperature)).ToArray();
        var order = Enumerable.Range(0, row.Length).OrderByDescending(i => weights[i]).ThenBy(i => i).ToList();
        if (options.TopK > 0)
            order = [.. order.Take(options.TopK)];
        order = [.. order.Where(i => weights[i] >= options.MinP)];
        double total = order.Sum(i => weights[i]), mass = 0;
        int kept = 0;
        while (kept < order.Count && (kept == 0 || mass < options.TopP * total))
            mass += weights[order[kept++]];
        var distribution = new double[row.Length];
        foreach (int i in order.Take(kept))
            distribution[i] = weights[i] / mass;
        return distribution;
    }

    /// <summary>The first token whose cumulative probability exceeds the uniform number, and how close that number is to the border of another one.</summary>
    public static (int Token, double Margin) Draw(double[] distribution, double uniform)
    {
        double cumulative = 0;
        int last = 0;
        for (int i = 0; i < distribution.Length; i++)
        {
            if (distribution[i] == 0)
                continue;
            last = i;
            if (cumulative + distribution[i] > uniform)
                return (i, Math.Min(uniform - cumulative, cumulative + distribution[i] - uniform));
            cumulative += distribution[i];
        }
        return (last, 0);
    }
}
