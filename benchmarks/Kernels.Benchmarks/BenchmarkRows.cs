using InferenceServer.Engine.Sampling;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>Rows of logits and sampling options that the benchmarks run over.</summary>
public static class BenchmarkRows
{
    public static readonly int[] Vocabularies = [2_048, 16_384, 32_000, 151_936];

    public static readonly (string Name, SamplingOptions Options)[] Options =
    [
        ("greedy", SamplingOptions.Greedy),
        ("T=1", new SamplingOptions()),
        ("top-k 40", new SamplingOptions { Temperature = 0.8f, TopK = 40 }),
        ("top-p .95", new SamplingOptions { Temperature = 0.8f, TopP = 0.95f }),
        ("both", new SamplingOptions { Temperature = 0.8f, TopK = 40, TopP = 0.95f }),
    ];

    /// <summary>What an untrained model gives: Gaussian logits of deviation 0.4, where top-p 0.95 keeps nearly every token.</summary>
    public static float[] Flat(int vocabulary) => Gaussian(vocabulary, 0.4);

    /// <summary>What a trained model gives: Gaussian logits of deviation 2 and twelve tokens that stand out.</summary>
    public static float[] Peaked(int vocabulary)
    {
        var row = Gaussian(vocabulary, 2);
        var random = new Random(2);
        for (int i = 0; i < 12; i++)
            row[random.Next(vocabulary)] += 8 + 4 * (float)random.NextDouble();
        return row;
    }

    private static float[] Gaussian(int vocabulary, double deviation)
    {
        var random = new Random(1);
        var row = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++)
            row[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return row;
    }
}
