using System.Runtime.InteropServices;

namespace InferenceServer.Engine.Decoding;

/// <summary>The rows that a step produced: logits [rows, vocabulary] and one value a row, or the hidden layer of a value head that takes features [rows, width], in native memory that lives as long as the engine.</summary>
public sealed unsafe class LogitsBatch : IDisposable
{
    private float* _logits;
    private float* _values;
    private float* _valueHidden;

    /// <param name="maxRows">Rows that a step may ask for.</param>
    /// <param name="vocabSize">Logits in a row.</param>
    /// <param name="valueWidth">Width of the value head's hidden layer; 0 when the graph gives the value itself.</param>
    public LogitsBatch(int maxRows, int vocabSize, int valueWidth = 0)
    {
        (MaxRows, VocabSize, ValueWidth) = (maxRows, vocabSize, valueWidth);
        _valueHidden = (float*)NativeMemory.AlignedAlloc((nuint)maxRows * (nuint)Math.Max(1, valueWidth) * sizeof(float), 64);
        _logits = (float*)NativeMemory.AlignedAlloc((nuint)maxRows * (nuint)vocabSize * sizeof(float), 64);
        _values = (float*)NativeMemory.AlignedAlloc((nuint)maxRows * sizeof(float), 64);
        new Span<float>(_values, maxRows).Fill(float.NaN);
    }

    public int MaxRows { get; }
    public int VocabSize { get; }
    public int ValueWidth { get; }

    /// <summary>One row's logits; the sampler may overwrite them.</summary>
    public Span<float> Row(int row) => new(Logits(row), VocabSize);

    /// <summary>The process reward of the sequence up to and with the position of this row; NaN without a value head, and with one that takes features.</summary>
    public ref float Value(int row) => ref _values[row];

    /// <summary>One row of the value head's hidden layer, before features and activation.</summary>
    public Span<float> ValueHiddenRow(int row) => new(ValueHidden(row), ValueWidth);

    /// <summary>Address of the first logit of a row, for binding.</summary>
    public float* Logits(int row) => _logits + (nint)row * VocabSize;

    /// <summary>Address of a row's value, for binding.</summary>
    public float* Values(int row) => _values + row;

    /// <summary>Address of a row of the value head's hidden layer, for binding.</summary>
    public float* ValueHidden(int row) => _valueHidden + (nint)row * ValueWidth;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_valueHidden);
        NativeMemory.AlignedFree(_logits);
        NativeMemory.AlignedFree(_values);
        _logits = _values = _valueHidden = null;
    }
}
