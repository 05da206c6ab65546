using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace InferenceServer.Kernels;

/// <summary>
/// The order of every sum over a row. Element i belongs to lane i mod 16; a tile of 256 elements is summed lane by lane in single precision, its lanes are
/// folded in halves, and tiles are added in double precision. Float addition does not commute with regrouping, so this order is what makes a scalar loop,
/// eight lanes at a time and sixteen at a time give the same bits; the tiles keep the rounding error independent of the row's length.
/// </summary>
public static class Lanes
{
    public const int Width = 16;

    /// <summary>Elements in a tile.</summary>
    public const int Tile = 256;

    /// <summary>
    /// How a kernel's loop is compiled: once, fully, and by itself. Inlined into a caller that has other calls, its accumulators would live in memory
    /// (see below); and the JIT's first tier, where every process starts, is fifty times slower.
    /// </summary>
    internal const MethodImplOptions Loop = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    /// <summary>Tiles of a row.</summary>
    public static int Tiles(int length) => (length + Tile - 1) / Tile;

    /// <summary>Folds sixteen lanes; overwrites them.</summary>
    internal static float Sum(Span<float> lanes)
    {
        for (int half = Width / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        return lanes[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum(Vector256<float> low, Vector256<float> high)
    {
        var eight = low + high;
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum(Vector512<float> lanes) => Sum(lanes.GetLower(), lanes.GetUpper());

    // Rows end where they end: the last, incomplete sixteen are read and written under a mask. A copy into a padded buffer would be a call, and a call makes
    // the JIT keep the accumulators of the whole loop in memory (no vector register survives one), at four times the cost.

    /// <summary>The first <paramref name="count"/> of sixteen elements; the others are padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector512<float> Tail512(float* start, int count, float padding) =>
        Avx512F.MaskLoad(start, Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), Vector512.Create(padding));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void StoreTail(Vector512<float> lanes, float* start, int count) =>
        Avx512F.MaskStore(start, Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), lanes);

    /// <summary>The first <paramref name="count"/> of eight elements, or none if it is negative; the others are padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector256<float> Tail256(float* start, int count, float padding)
    {
        var mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
        return Vector256.ConditionalSelect(mask, Avx.MaskLoad(start, mask), Vector256.Create(padding));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void StoreTail(Vector256<float> lanes, float* start, int count) =>
        Avx.MaskStore(start, Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle(), lanes);
}
