using System.Runtime.InteropServices;

namespace InferenceServer.Engine.Decoding;

/// <summary>The rows that a step produced: logits [rows, vocabulary] and one value a row, in native memory that lives as long as the engine.</summary>
public sealed unsafe class LogitsBatch : IDisposable
{
    private float* _logits;
    private float* _values;

    public LogitsBatch(int maxRows, int vocabSize)
    {
        (MaxRows, VocabSize) = (maxRows, vocabSize);
        _logits = (float*)NativeMemory.AlignedAlloc((nuint)maxRows * (nuint)vocabSize * sizeof(float), 64);
        _values = (float*)NativeMemory.AlignedAlloc((nuint)maxRows * sizeof(float), 64);
        new Span<float>(_values, maxRows).Fill(float.NaN);
    }

    public int MaxRows { get; }
    public int VocabSize { get; }

    /// <summary>One row's logits; the sampler may overwrite them.</summary>
    public Span<float> Row(int row) => new(Logits(row), VocabSize);

    /// <summary>The process reward of the sequence up to and with the position of this row; NaN without a value head.</summary>
    public ref float Value(int row) => ref _values[row];

    /// <summary>Address of the first logit of a row, for binding.</summary>
    public float* Logits(int row) => _logits + (nint)row * VocabSize;

    /// <summary>Address of a row's value, for binding.</summary>
    public float* Values(int row) => _values + row;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_logits);
        NativeMemory.AlignedFree(_values);
        _logits = _values = null;
    }
}
