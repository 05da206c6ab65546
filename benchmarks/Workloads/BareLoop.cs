using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using InferenceServer.Modeling;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceServer.Workloads;

/// <summary>
/// The yardstick: the engine's graph and session options in the plainest loop there is. Buffers are allocated and bound once, the most probable token is
/// taken, and nothing is scheduled, sampled or delivered. The prompt is computed once, in chunks, and its KV copied to the other rows.
/// </summary>
public sealed unsafe class BareLoop : IDecodeCell
{
    private const int ChunkTokens = 64;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ModelConfig _config;
    private readonly int _rows;
    private readonly int _capacity;
    private readonly nint[] _kv;
    private readonly long* _ids;
    private readonly int* _lastPositions;
    private readonly int* _totalLength;
    private readonly long* _logitIndices;
    private readonly float* _logits;

    /// <param name="path">A graph of <see cref="Modeling.Onnx.OnnxDecoderGraph"/> with 32-bit activations.</param>
    /// <param name="rows">The most rows of a run.</param>
    /// <param name="capacity">The most tokens of a row.</param>
    public BareLoop(string path, ModelConfig config, int rows, int capacity, int threads, bool spin)
    {
        OrtEnv.Instance().EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spin ? "1" : "0");
        _session = new InferenceSession(path, options);
        (_config, _rows, _capacity) = (config, rows, capacity);
        _kv = [.. Enumerable.Range(0, 2 * config.Layers).Select(_ => (nint)NativeMemory.AlignedAlloc((nuint)(rows * RowFloats * sizeof(float)), 64))];
        int widest = Math.Max(rows, ChunkTokens);
        _ids = (long*)NativeMemory.AlignedAlloc((nuint)(widest * sizeof(long)), 64);
        _lastPositions = (int*)NativeMemory.AlignedAlloc((nuint)(rows * sizeof(int)), 64);
        _totalLength = (int*)NativeMemory.AlignedAlloc(64, 64);
        _logitIndices = (long*)NativeMemory.AlignedAlloc((nuint)(widest * sizeof(long)), 64);
        _logits = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * config.VocabSize * sizeof(float)), 64);
    }

    private long HeadFloats => (long)_capacity * _config.HeadDim;
    private long RowFloats => _config.KeyValueHeads * HeadFloats;

    public DecodeTiming Run(int rows, int[] prompt, int newTokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, _rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompt.Length + newTokens, _capacity);
        using var binding = _session.CreateIoBinding();
        return DecodeTiming.Measure(rows * newTokens, () => Prefill(binding, rows, prompt), () => Decode(binding, rows, prompt.Length, newTokens));
    }

    private void Prefill(OrtIoBinding binding, int rows, int[] prompt)
    {
        for (int start = 0; start < prompt.Length; start += ChunkTokens)
        {
            int count = Math.Min(ChunkTokens, prompt.Length - start);
            for (int i = 0; i < count; i++)
                _ids[i] = prompt[start + i];
            _lastPositions[0] = start + count - 1;
            *_totalLength = start + count;
            _logitIndices[0] = count - 1;
            Bind(binding, rows: 1, count);
            _session.RunWithBinding(_runOptions, binding);
        }
        int first = MostProbable(0);
        foreach (nint buffer in _kv)
            for (int r = 1; r < rows; r++)
                for (int h = 0; h < _config.KeyValueHeads; h++)
                    NativeMemory.Copy((float*)buffer + h * HeadFloats, (float*)buffer + r * RowFloats + h * HeadFloats, (nuint)(prompt.Length * _config.HeadDim * sizeof(float)));
        for (int r = 0; r < rows; r++)
        {
            _ids[r] = (first + r) % _config.VocabSize;      // let the rows differ
            _logitIndices[r] = r;
        }
        Bind(binding, rows, tokens: 1);
    }

    private void Decode(OrtIoBinding binding, int rows, int length, int newTokens)
    {
        for (int step = 0; step < newTokens; step++)
        {
            new Span<int>(_lastPositions, rows).Fill(length + step);
            *_totalLength = length + step + 1;
            _session.RunWithBinding(_runOptions, binding);
            for (int r = 0; r < rows; r++)
                _ids[r] = MostProbable(r);
        }
    }

    private void Bind(OrtIoBinding binding, int rows, int tokens)
    {
        binding.ClearBoundInputs();
        binding.ClearBoundOutputs();
        Input("input_ids", _ids, TensorElementType.Int64, sizeof(long), rows, tokens);
        Input("seqlens_k", _lastPositions, TensorElementType.Int32, sizeof(int), rows);
        Input("total_sequence_length", _totalLength, TensorElementType.Int32, sizeof(int), 1);
        Input("logit_indices", _logitIndices, TensorElementType.Int64, sizeof(long), rows);
        using var logits = Tensor(_logits, TensorElementType.Float, sizeof(float), rows, _config.VocabSize);
        binding.BindOutput("logits", logits);
        for (int i = 0; i < _kv.Length; i++)
        {
            string name = $"{i / 2}.{(i % 2 == 0 ? "key" : "value")}";
            using var rowsOfKv = Tensor((void*)_kv[i], TensorElementType.Float, sizeof(float), rows, _config.KeyValueHeads, _capacity, _config.HeadDim);
            binding.BindInput("past_key_values." + name, rowsOfKv);
            binding.BindOutput("present." + name, rowsOfKv);
        }

        void Input(string name, void* data, TensorElementType type, int size, params long[] shape)
        {
            using var value = Tensor(data, type, size, shape);
            binding.BindInput(name, value);
        }
    }

    private int MostProbable(int row) => TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(_logits + (long)row * _config.VocabSize, _config.VocabSize));

    private static OrtValue Tensor(void* data, TensorElementType type, int size, params long[] shape) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)data, shape.Aggregate(1L, (a, b) => a * b) * size);

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
        foreach (nint buffer in _kv)
            NativeMemory.AlignedFree((void*)buffer);
        NativeMemory.AlignedFree(_ids);
        NativeMemory.AlignedFree(_lastPositions);
        NativeMemory.AlignedFree(_totalLength);
        NativeMemory.AlignedFree(_logitIndices);
        NativeMemory.AlignedFree(_logits);
    }
}
