using InferenceServer.Engine.Sampling;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>The obvious sampler, for scale: softmax, sort, truncate, draw, in LINQ.</summary>
public static class LinqSampler
{
    public static int Draw(float[] logits, SamplingOptions options, double uniform)
    {
        if (options.Temperature == 0)
            return Array.IndexOf(logits, logits.Max());
        float max = logits.Max();
        var weights = logits.Select(x => MathF.Exp((x - max) / options.Temperature)).ToArray();
        IEnumerable<int> order = Enumerable.Range(0, weights.Length);
        if (options.TopK > 0 || options.TopP < 1)
            order = order.OrderByDescending(i => weights[i]);
        if (options.TopK > 0)
            order = order.Take(options.TopK);
        var kept = order.ToList();
        float target = options.TopP * kept.Sum(i => weights[i]), mass = 0;
        var nucleus = kept.TakeWhile(i => mass < target && (mass += weights[i]) > 0).ToList();
        double threshold = uniform * mass, cumulative = 0;
        foreach (int i in nucleus)
            if ((cumulative += weights[i]) > threshold)
                return i;
        return nucleus[^1];
    }
}
