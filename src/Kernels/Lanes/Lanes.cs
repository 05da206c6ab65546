using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>The last, incomplete sixteen of a row, padded.</summary>
    internal static unsafe Vector512<float> Tail512(float* start, int count, float padding)
    {
        var tail = Vector512.Create(padding);
        new ReadOnlySpan<float>(start, count).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector512<float>, float>(ref tail), Width));
        return tail;
    }

    /// <summary>The last, incomplete sixteen of a row as two halves, padded.</summary>
    internal static unsafe (Vector256<float> Low, Vector256<float> High) Tail256(float* start, int count, float padding)
    {
        float* tail = stackalloc float[Width];
        new Span<float>(tail, Width).Fill(padding);
        new ReadOnlySpan<float>(start, count).CopyTo(new Span<float>(tail, Width));
        return (Vector256.Load(tail), Vector256.Load(tail + Width / 2));
    }
}
