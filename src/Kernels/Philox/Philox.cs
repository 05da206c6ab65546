namespace InferenceServer.Kernels;

/// <summary>
/// Philox4x32-10, a counter-based random generator: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11).
/// A number is a pure function of (key, counter), so a draw depends on its sequence and position and on nothing that ran before it.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>One block: four 32-bit words for a 128-bit counter and a 64-bit key.</summary>
    public static (uint, uint, uint, uint) Block((uint, uint, uint, uint) counter, (uint, uint) key)
    {
        var (c0, c1, c2, c3) = counter;
        var (k0, k1) = key;
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0, product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>A number from [0, 1), a multiple of 2^-53, for a position of a stream.</summary>
    public static double Uniform(ulong stream, long position)
    {
        var (high, low, _, _) = Block(((uint)position, (uint)(position >> 32), 0, 0), ((uint)stream, (uint)(stream >> 32)));
        return (((ulong)high << 32 | low) >> 11) * (1.0 / (1UL << 53));
    }
}
