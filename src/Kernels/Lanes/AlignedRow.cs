using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

/// <summary>Floats that begin on a cache line. A 64-byte store across two lines costs up to twice as much once a row no longer fits the first cache.</summary>
public sealed class AlignedRow
{
    private const int LineFloats = 64 / sizeof(float);
    private readonly float[] _storage;
    private readonly int _start;

    public unsafe AlignedRow(int length)
    {
        // Pinned, so that the collector does not move it off its line.
        _storage = GC.AllocateArray<float>(length + LineFloats, pinned: true);
        _start = (int)(-((nint)Unsafe.AsPointer(ref _storage[0]) / sizeof(float)) & (LineFloats - 1));
        Length = length;
    }

    public int Length { get; }

    public Span<float> Span => _storage.AsSpan(_start, Length);
}
