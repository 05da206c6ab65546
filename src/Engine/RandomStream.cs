namespace InferenceServer.Engine;

/// <summary>
/// Keys of random streams. A request's seed names the root; the n-th fork of a stream is a stream of its own. The sampler draws by (key, position), so what a
/// sequence draws depends on nothing else: not on its neighbours, not on preemption. Mixing is SplitMix64's finaliser (Steele, Lea and Flood, 2014).
/// </summary>
public static class RandomStream
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    public static ulong Root(ulong seed) => Mix(seed + GoldenGamma);

    /// <param name="index">0 for the first fork.</param>
    public static ulong Fork(ulong stream, int index) => Mix(stream ^ Mix((ulong)(index + 1) * GoldenGamma));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
