using BenchmarkDotNet.Attributes;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>Every kernel in every variant of this machine.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class KernelBenchmarks
{
    private AlignedRow _row = new(1), _weights = new(1), _truncated = new(1), _scratch = new(1);
    private float[] _tiles = [];
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
        (_row, _weights, _truncated, _scratch) = (new AlignedRow(V), new AlignedRow(V), new AlignedRow(V), new AlignedRow(V + Lanes.Width));
        _tiles = new float[Lanes.Tiles(V)];
        BenchmarkRows.Flat(V).CopyTo(_row.Span);
        _max = ArgMax.Max(_row.Span);
        _total = Temperature.Weights(_row.Span, _max, 0.8f, _weights.Span, _tiles);
        _weights.Span.CopyTo(_truncated.Span);
    }

    [Benchmark] public int ArgMaxOf() => ArgMax.Of(_row.Span, Variant);

    [Benchmark] public SoftmaxMoments LogSoftmaxAndEntropy() => LogSoftmax.Moments(_row.Span, _max, Variant);

    [Benchmark] public double TemperatureWeights() => Temperature.Weights(_row.Span, _max, 0.8f, _truncated.Span, _tiles, Variant);

    [Benchmark] public Cut TopKFind() => TopK.Find(_weights.Span, 40, _scratch.Span, Variant);

    [Benchmark] public Cut TopPFind() => TopP.Find(_weights.Span, 0.95f, _total, _scratch.Span, Variant);

    [Benchmark] public double TruncateApply() => Truncate.Apply(_truncated.Span, MinP.Find(0.1f), _tiles, Variant);

    [Benchmark] public int TopTokensSelect() => TopTokens.Select(_row.Span, _ids, _logits, Variant);

    [Benchmark] public int CategoricalDraw() => Categorical.Draw(_weights.Span, _tiles, _total, 0.5);
}
