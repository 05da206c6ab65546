namespace InferenceServer.Strategies;

/// <summary>
/// Where a context stands in its request's tree: for every level, which call sampled it and the how-manieth of that call it is. Random streams derive from
/// it, so that they depend on the plan and the seed alone, never on timing.
/// </summary>
internal readonly struct CandidatePath
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong _key;

    private CandidatePath(ulong key) => _key = key;

    /// <summary>The request itself; its first sequence draws the request's own stream.</summary>
    public static CandidatePath Root => default;

    /// <summary>One level down.</summary>
    public CandidatePath Child(int call, int sample) => new(Mix(_key + Mix(((ulong)(uint)call << 32 | (uint)sample) + 1)));

    /// <summary>Seed of the sequences of one call at this place.</summary>
    public ulong Seed(ulong requestSeed, int call) => requestSeed + (call == 0 ? _key : Child(call, 0)._key);

    /// <summary>SplitMix64's finaliser (Steele, Lea, Flood 2014): equal bits spread over the whole word.</summary>
    private static ulong Mix(ulong z)
    {
        z += Golden;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
