namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// The random stream of one problem: SplitMix64 keyed by (seed, index), so that any problem of a set can be made without making those before it,
/// and a resumed run goes on with exactly the problems it would have seen.
/// </summary>
public sealed class ProblemRandom(ulong seed, ulong index)
{
    private ulong _state = Mix(seed ^ Mix(index + 0x9E3779B97F4A7C15UL));

    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return Mix(_state);
    }

    /// <summary>Uniform over <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + (int)(NextBits() % (ulong)(high - low + 1));

    public bool Chance(double probability) => (NextBits() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Between(0, items.Count - 1)];

    /// <summary><paramref name="count"/> different items in random order.</summary>
    public T[] PickSome<T>(IReadOnlyList<T> items, int count)
    {
        T[] shuffled = [.. items];
        Shuffle(shuffled);
        return shuffled[..count];
    }

    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = Between(0, i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
