namespace InferenceServer.Kernels.Tests;

/// <summary>Rows of logits to try kernels on: random ones of every awkward length, and the edges.</summary>
public static class Rows
{
    public static readonly int[] Lengths = [1, 2, 7, 15, 16, 17, 31, 33, 64, 255, 256, 257, 1000, 2048, 5003];

    /// <summary>Gaussian logits; a few lie far above the others.</summary>
    public static float[] Gaussian(int length, int seed, float deviation = 2f, int spikes = 0)
    {
        var random = new Random(seed);
        var row = new float[length];
        for (int i = 0; i < length; i++)
            row[i] = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        for (int i = 0; i < spikes; i++)
            row[random.Next(length)] += 12f;
        return row;
    }

    public static IEnumerable<float[]> All()
    {
        for (int i = 0; i < Lengths.Length; i++)
        {
            int length = Lengths[i];
            yield return Gaussian(length, i);
            yield return Gaussian(length, i, deviation: 0.4f);
            yield return Gaussian(length, i, deviation: 30f, spikes: 3);
            yield return Enumerable.Repeat(-1.25f, length).ToArray();                                     // all equal
            yield return Gaussian(length, i).Select(x => MathF.Round(x)).ToArray();                       // many ties
            yield return Gaussian(length, i).Select((x, at) => at % 3 == 1 ? float.NaN : x).ToArray();
            yield return Gaussian(length, i).Select((x, at) => at % 4 == 2 ? float.NegativeInfinity : x).ToArray();
            yield return Enumerable.Repeat(float.NaN, length).ToArray();
            yield return Enumerable.Repeat(float.NegativeInfinity, length).ToArray();
            yield return Gaussian(length, i).Select((x, at) => at == length / 2 ? 1e30f : x).ToArray();   // everything else underflows
            yield return Enumerable.Range(0, length).Select(at => -0.001f * at).ToArray();
        }
        yield return Gaussian(151_936, 7, deviation: 0.4f);
        yield return Enumerable.Repeat(0f, 151_936).ToArray();
    }

    /// <summary>Rows with a finite maximum: what the softmax kernels take.</summary>
    public static IEnumerable<float[]> Finite() => All().Where(row => float.IsFinite(ArgMax.Max(row, KernelVariant.Scalar)));

    /// <summary>The variants to hold against the scalar one.</summary>
    public static IEnumerable<KernelVariant> Vectorised() => KernelVariants.Supported.Where(variant => variant != KernelVariant.Scalar);
}
