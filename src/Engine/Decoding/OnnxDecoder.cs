using System.Runtime.InteropServices;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Rewards;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceServer.Engine.Decoding;

/// <summary>
/// The decoder on ONNX Runtime. All inputs and outputs live in native memory that is allocated once; the decode pass of a given window keeps its binding, so a
/// step in steady state rewrites a few integers and runs. Chunks bind anew each time, which costs little beside their work.
/// </summary>
public sealed unsafe class OnnxDecoder : IDecoder
{
    private const int MaxBindings = 256;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly GraphContract _graph;
    private readonly KvMemory _kv;
    private readonly bool _rebindInputs;
    private readonly OrtIoBinding _chunkBinding;
    private readonly Dictionary<(int First, int Rows), OrtIoBinding> _decodeBindings = [];
    private readonly string[] _pastNames;
    private readonly string[] _presentNames;

    // Inputs, rewritten in place.
    private readonly long* _ids;
    private readonly int* _lastPositions;
    private readonly int* _totalLength;
    private readonly long* _logitIndices;
    private readonly float* _scratchLogits;
    private readonly float* _scratchValue;
    private LogitsBatch? _bound;

    private OnnxDecoder(InferenceSession session, string source, OnnxDecoderOptions options)
    {
        _session = session;
        _graph = GraphContract.Read(session, source);
        Limits = new DecoderLimits(_graph.VocabSize, options.Slots, options.Capacity, options.ChunkTokens, _graph.HasValue);
        _kv = options.Device.IsCuda ? new CudaKvMemory(_graph, options.Slots, options.Capacity) : new HostKvMemory(_graph, options.Slots, options.Capacity);
        // An input that is bound from host memory to a GPU session is copied when it is bound, and not again.
        _rebindInputs = options.Device.Name != "cpu";
        _pastNames = [.. Enumerable.Range(0, 2 * _graph.Layers).Select(i => $"past_key_values.{i / 2}.{(i % 2 == 0 ? "key" : "value")}")];
        _presentNames = [.. _pastNames.Select(name => name.Replace("past_key_values", "present", StringComparison.Ordinal))];
        int widest = Math.Max(options.Slots, options.ChunkTokens);
        _ids = (long*)Allocate(widest * sizeof(long));
        _lastPositions = (int*)Allocate(options.Slots * sizeof(int));
        _totalLength = (int*)Allocate(sizeof(int));
        _logitIndices = (long*)Allocate(2 * widest * sizeof(long));
        _scratchLogits = (float*)Allocate(_graph.VocabSize * sizeof(float));
        _scratchValue = (float*)Allocate((_graph.ValueHead?.Width ?? 1) * sizeof(float));
        for (int i = 0; i < widest; i++)
            _logitIndices[i] = i;
        _chunkBinding = session.CreateIoBinding();
    }

    public DecoderLimits Limits { get; }
    public FeatureValueHead? ValueHead => _graph.ValueHead;

    /// <summary>Opens a graph in memory, as <c>OnnxDecoderGraph.Build</c> makes it.</summary>
    /// <exception cref="ModelFormatException">The graph cannot be loaded or is another kind of graph.</exception>
    public static OnnxDecoder Load(byte[] model, OnnxDecoderOptions options) => Load(o => new InferenceSession(model, o), "the graph built from model.safetensors", options);

    /// <summary>Opens a graph from a file; its external data lies beside it.</summary>
    /// <exception cref="ModelFormatException">The graph cannot be loaded or is another kind of graph.</exception>
    public static OnnxDecoder Load(string path, OnnxDecoderOptions options) => Load(o => new InferenceSession(path, o), path, options);

    private static OnnxDecoder Load(Func<SessionOptions, InferenceSession> open, string source, OnnxDecoderOptions options)
    {
        // Failures come as exceptions; the native log would print them a second time.
        OrtEnv.Instance().EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spin ? "1" : "0");
        options.Device.Configure(sessionOptions);
        InferenceSession session;
        try
        {
            session = open(sessionOptions);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFormatException($"{source}: ONNX Runtime cannot load the graph: {e.Message}", e);
        }
        try
        {
            return new OnnxDecoder(session, source, options);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public void Forward(StepPlan plan, LogitsBatch logits)
    {
        if (plan.Copies.Count > 0)
        {
            foreach (ref readonly var copy in CollectionsMarshal.AsSpan(plan.Copies))
                _kv.Copy(copy);
            _kv.FinishCopies();
        }
        int row = plan.DecodeRows;
        foreach (ref readonly var chunk in CollectionsMarshal.AsSpan(plan.Chunks))
        {
            RunChunk(plan, chunk, logits, row);
            row += chunk.Logits;
        }
        if (plan.DecodeRows > 0)
            RunDecode(plan, logits);
    }

    /// <summary>Several tokens of one sequence. ONNX Runtime's attention takes those for one row at a time only.</summary>
    private void RunChunk(StepPlan plan, in ChunkRow chunk, LogitsBatch logits, int row)
    {
        for (int i = 0; i < chunk.Count; i++)
            _ids[i] = plan.Tokens[chunk.Offset + i];
        _lastPositions[0] = chunk.Start + chunk.Count - 1;
        *_totalLength = chunk.Start + chunk.Count;
        // A graph needs one row of logits at least; a chunk that wants none leaves it in the scratch row.
        int asked = Math.Max(1, chunk.Logits);
        bool keep = chunk.Logits > 0;
        _chunkBinding.ClearBoundInputs();
        _chunkBinding.ClearBoundOutputs();
        BindInputs(_chunkBinding, 1, chunk.Count, ChunkIndices(chunk.Count - asked, asked), asked);
        BindOutputs(_chunkBinding, chunk.Slot, 1, keep ? logits.Logits(row) : _scratchLogits, keep ? ValueTarget(logits, row) : _scratchValue, asked);
        _session.RunWithBinding(_runOptions, _chunkBinding);
    }

    private void RunDecode(StepPlan plan, LogitsBatch logits)
    {
        int rows = plan.DecodeRows, total = 0;
        for (int i = 0; i < rows; i++)
        {
            _ids[i] = plan.DecodeTokens[i];
            _lastPositions[i] = plan.DecodePositions[i];
            total = Math.Max(total, plan.DecodePositions[i] + 1);
        }
        *_totalLength = total;
        _session.RunWithBinding(_runOptions, DecodeBinding(plan.FirstRow, rows, logits));
    }

    private OrtIoBinding DecodeBinding(int first, int rows, LogitsBatch logits)
    {
        if (_bound != logits)
            ForgetBindings();
        _bound = logits;
        if (!_decodeBindings.TryGetValue((first, rows), out var binding))
        {
            if (_decodeBindings.Count == MaxBindings)
                ForgetBindings();
            _decodeBindings[(first, rows)] = binding = _session.CreateIoBinding();
            BindInputs(binding, rows, 1, _logitIndices, rows);
            BindOutputs(binding, first, rows, logits.Logits(0), ValueTarget(logits, 0), rows);
        }
        else if (_rebindInputs)
        {
            BindInputs(binding, rows, 1, _logitIndices, rows);
        }
        return binding;
    }

    private void BindInputs(OrtIoBinding binding, int rows, int tokens, long* logitIndices, int asked)
    {
        BindInput(binding, "input_ids", TensorElementType.Int64, _ids, sizeof(long), rows, tokens);
        BindInput(binding, "seqlens_k", TensorElementType.Int32, _lastPositions, sizeof(int), rows);
        BindInput(binding, "total_sequence_length", TensorElementType.Int32, _totalLength, sizeof(int), 1);
        BindInput(binding, "logit_indices", TensorElementType.Int64, logitIndices, sizeof(long), asked);
    }

    /// <summary>Binds the slots as past and as present: attention then appends to them in place.</summary>
    private void BindOutputs(OrtIoBinding binding, int firstSlot, int rows, float* logits, float* values, int asked)
    {
        for (int i = 0; i < _pastNames.Length; i++)
        {
            // The binding keeps a reference, so the wrapper can go.
            using var kv = _kv.Rows(i, firstSlot, rows);
            binding.BindInput(_pastNames[i], kv);
            binding.BindOutput(_presentNames[i], kv);
        }
        using var logitsValue = Tensor(TensorElementType.Float, logits, sizeof(float), asked, _graph.VocabSize);
        binding.BindOutput("logits", logitsValue);
        if (_graph.HasValue)
        {
            using var value = Tensor(TensorElementType.Float, values, sizeof(float), asked, ValueHead?.Width ?? 1);
            binding.BindOutput(ValueHead is null ? "value" : "value_hidden", value);
        }
    }

    private float* ValueTarget(LogitsBatch logits, int row) => ValueHead is null ? logits.Values(row) : logits.ValueHidden(row);

    /// <summary>Indices first, first + 1, ... for a chunk; the table's first half counts from 0 for the decode pass.</summary>
    private long* ChunkIndices(int first, int count)
    {
        long* indices = _logitIndices + Math.Max(Limits.Slots, Limits.ChunkTokens);
        for (int i = 0; i < count; i++)
            indices[i] = first + i;
        return indices;
    }

    private static void BindInput(OrtIoBinding binding, string name, TensorElementType type, void* data, int elementBytes, params ReadOnlySpan<long> shape)
    {
        using var value = Tensor(type, data, elementBytes, shape);
        binding.BindInput(name, value);
    }

    private static OrtValue Tensor(TensorElementType type, void* data, int elementBytes, params ReadOnlySpan<long> shape)
    {
        long bytes = elementBytes;
        foreach (long dim in shape)
            bytes *= dim;
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape.ToArray(), (nint)data, bytes);
    }

    private static void* Allocate(int bytes) => NativeMemory.AlignedAlloc((nuint)bytes, 64);

    private void ForgetBindings()
    {
        foreach (var binding in _decodeBindings.Values)
            binding.Dispose();
        _decodeBindings.Clear();
    }

    public void Dispose()
    {
        ForgetBindings();
        _chunkBinding.Dispose();
        _session.Dispose();
        _runOptions.Dispose();
        _kv.Dispose();
        foreach (nint memory in (ReadOnlySpan<nint>)[(nint)_ids, (nint)_lastPositions, (nint)_totalLength, (nint)_logitIndices, (nint)_scratchLogits, (nint)_scratchValue])
            NativeMemory.AlignedFree((void*)memory);
    }
}
