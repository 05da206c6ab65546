using BenchmarkDotNet.Attributes;
using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>A whole row, from logits to a token with its log-probability and entropy, beside a sampler in LINQ (which reports neither).</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class SamplerBenchmarks
{
    private TokenSampler _sampler = new(1);
    private SamplingOptions _options = new();
    private float[] _row = [];
    private int _position;

    [ParamsSource(nameof(Vocabularies))] public int V { get; set; }
    [ParamsSource(nameof(OptionNames))] public string Sampling { get; set; } = "";
    [Params(false, true)] public bool Peaked { get; set; }

    public static IEnumerable<int> Vocabularies => BenchmarkRows.Vocabularies;
    public static IEnumerable<string> OptionNames => BenchmarkRows.Options.Select(o => o.Name);

    [GlobalSetup]
    public void Setup()
    {
        _sampler = new TokenSampler(V);
        _options = BenchmarkRows.Options.Single(o => o.Name == Sampling).Options;
        _row = Peaked ? BenchmarkRows.Peaked(V) : BenchmarkRows.Flat(V);
    }

    [Benchmark] public SampledToken TokenSampler() => _sampler.Sample(_row, _options, [], 0, 1, _position++, 0);

    [Benchmark] public int Linq() => LinqSampler.Draw(_row, _options, Philox.Uniform(1, _position++));
}
