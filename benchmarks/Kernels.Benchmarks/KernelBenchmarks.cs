using BenchmarkDotNet.Attributes;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>Every kernel in every variant of this machine.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class KernelBenchmarks
{
    private float[] _row = [], _weights = [], _truncated = [], _tiles = [], _scratch = [];
    private readonly int[] _ids = new int[20];
    private readonly float[] _logits = new float[20];
    private float _max;
    private double _total;

    [ParamsSource(nameof(Vocabularies))] public int V { get; set; }
    [ParamsSource(nameof(Variants))] public KernelVariant Variant { get; set; }

    public static IEnumerable<int> Vocabularies => BenchmarkRows.Vocabularies;
    public static IEnumerable<KernelVariant> Variants => KernelVariants.Supported;

    [GlobalSetup]
    public void Setup()
    {
        _row = BenchmarkRows.Flat(V);
        (_weights, _truncated, _tiles, _scratch) = (new float[V], new float[V], new float[Lanes.Tiles(V)], new float[V + Lanes.Width]);
        _max = ArgMax.Max(_row);
        _total = Temperature.Weights(_row, _max, 0.8f, _weights, _tiles);
        _weights.CopyTo(_truncated, 0);
    }

    [Benchmark] public int ArgMaxOf() => ArgMax.Of(_row, Variant);

    [Benchmark] public SoftmaxMoments LogSoftmaxAndEntropy() => LogSoftmax.Moments(_row, _max, Variant);

    [Benchmark] public double TemperatureWeights() => Temperature.Weights(_row, _max, 0.8f, _truncated, _tiles, Variant);

    [Benchmark] public Cut TopKFind() => TopK.Find(_weights, 40, _scratch, Variant);

    [Benchmark] public Cut TopPFind() => TopP.Find(_weights, 0.95f, _total, _scratch, Variant);

    [Benchmark] public double TruncateApply() => Truncate.Apply(_truncated, MinP.Find(0.1f), _tiles, Variant);

    [Benchmark] public int TopTokensSelect() => TopTokens.Select(_row, _ids, _logits, Variant);

    [Benchmark] public int CategoricalDraw() => Categorical.Draw(_weights, _tiles, _total, 0.5);
}
