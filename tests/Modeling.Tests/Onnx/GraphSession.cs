using InferenceServer.Modeling.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace InferenceServer.Modeling.Tests.Onnx;

/// <summary>Runs a decoder graph over one sequence, step by step, copying KV from step to step.</summary>
internal sealed class GraphSession : IDisposable
{
    private readonly ModelConfig _config;
    private readonly InferenceSession _session;
    private readonly int _capacity;
    private readonly bool _half;
    private readonly List<(string Name, OrtValue Value)> _cache = [];
    private int _length;

    public GraphSession(ModelConfig config, IWeights weights, WeightFormat format)
        : this(config, new InferenceSession(OnnxDecoderGraph.Build(config, weights, format), Options())) { }

    public GraphSession(ModelConfig config, string path) : this(config, new InferenceSession(path, Options())) { }

    private GraphSession(ModelConfig config, InferenceSession session)
    {
        (_config, _session, _capacity) = (config, session, config.ContextLength);
        _half = session.InputMetadata["past_key_values.0.key"].ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16;
        long[] shape = [1, config.KeyValueHeads, _capacity, config.HeadDim];
        long elements = shape.Aggregate((a, b) => a * b);
        for (int l = 0; l < config.Layers; l++)
            foreach (string part in (string[])["key", "value"])
                _cache.Add(($"{l}.{part}", _half
                    ? OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(Float16.NaN, (int)elements).ToArray(), shape)
                    : OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(float.NaN, (int)elements).ToArray(), shape)));
    }

    public IReadOnlyList<string> Inputs => _session.InputNames;
    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>Appends tokens and returns logits and values of the asked ones (all, unless told).</summary>
    public (float[][] Logits, float[]? Values) Step(int[] tokens, params long[] asked)
    {
        if (asked.Length == 0)
            asked = [.. Enumerable.Range(0, tokens.Length).Select(i => (long)i)];
        _length += tokens.Length;
        using var ids = OrtValue.CreateTensorValueFromMemory(tokens.Select(t => (long)t).ToArray(), [1, tokens.Length]);
        using var last = OrtValue.CreateTensorValueFromMemory(new[] { _length - 1 }, [1]);
        using var total = OrtValue.CreateTensorValueFromMemory(new[] { _length }, [1]);
        using var rows = OrtValue.CreateTensorValueFromMemory(asked, [asked.Length]);
        string[] inputs = ["input_ids", "seqlens_k", "total_sequence_length", "logit_indices", .. _cache.Select(c => $"past_key_values.{c.Name}")];
        string[] outputs = ["logits", .. _cache.Select(c => $"present.{c.Name}"), .. _config.ValueHeadSize is null ? [] : (string[])["value"]];
        using var options = new RunOptions();
        var results = _session.Run(options, inputs, [ids, last, total, rows, .. _cache.Select(c => c.Value)], outputs);
        float[][] logits = [.. results[0].GetTensorDataAsSpan<float>().ToArray().Chunk(_config.VocabSize)];
        float[]? values = _config.ValueHeadSize is null ? null : results[^1].GetTensorDataAsSpan<float>().ToArray();
        for (int i = 0; i < _cache.Count; i++)
        {
            _cache[i].Value.Dispose();
            _cache[i] = (_cache[i].Name, results[i + 1]);
        }
        return (logits, values);
    }

    public void Dispose()
    {
        foreach (var (_, value) in _cache)
            value.Dispose();
        _session.Dispose();
    }

    private static SessionOptions Options() => new() { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
}
