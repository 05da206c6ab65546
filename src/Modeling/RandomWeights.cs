using System.Security.Cryptography;
using System.Text;

namespace InferenceServer.Modeling;

/// <summary>Gaussian weights of a given deviation from a seed (norms are 1, biases 0), for tests and benchmarks of a shape. The same seed gives the same weights in any order of reading.</summary>
public sealed class RandomWeights(int seed, float deviation = 0.02f) : IWeights
{
    public void Read(TensorSpec tensor, Span<float> destination)
    {
        if (tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("layernorm.weight", StringComparison.Ordinal))
        {
            destination.Fill(1f);
            return;
        }
        // The name seeds the tensor, so that a layout may grow without changing its other weights.
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}:{tensor.Name}"));
        var random = new Random(BitConverter.ToInt32(hash));
        for (int i = 0; i < destination.Length; i += 2)
        {
            // Box-Muller, two at a time.
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            destination[i] = (float)(radius * Math.Cos(angle));
            if (i + 1 < destination.Length)
                destination[i + 1] = (float)(radius * Math.Sin(angle));
        }
    }
}
