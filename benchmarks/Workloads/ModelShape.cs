using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;

namespace InferenceServer.Workloads;

/// <summary>A decoder with random weights: what a step costs depends on the shape alone.</summary>
public sealed record ModelShape(string Name, ModelConfig Config)
{
    /// <summary>5.5M weights, the size of a model that two cores train in an evening.</summary>
    public static ModelShape S { get; } = new("S", Describe(hidden: 256, layers: 6, heads: 8, feedForward: 704, vocabulary: 2048));

    /// <summary>100M weights: a step is bound by reading them.</summary>
    public static ModelShape M { get; } = new("M", Describe(hidden: 768, layers: 12, heads: 12, feedForward: 2048, vocabulary: 16384));

    public static ModelShape Named(string name) => name.ToUpperInvariant() switch
    {
        "S" => S,
        "M" => M,
        _ => throw new ArgumentException($"There is no shape '{name}'; there are S and M."),
    };

    /// <summary>Weights of the shape, the same in every format and file.</summary>
    public static IWeights Weights { get; } = new RandomWeights(seed: 1);

    /// <summary>The graph's file, written on first use to the temporary folder (or to ITC_BENCHMARK_MODELS).</summary>
    public string OnnxPath(WeightFormat format)
    {
        string folder = Path.Combine(Folder, $"{Name}-{format.ToString().ToLowerInvariant()}");
        string path = Path.Combine(folder, OnnxDecoderGraph.FileName);
        return File.Exists(path) ? path : OnnxDecoderGraph.Write(folder, Config, Weights, format);
    }

    public static string Folder => Environment.GetEnvironmentVariable("ITC_BENCHMARK_MODELS") ?? Path.Combine(Path.GetTempPath(), "itc-benchmark-models");

    /// <summary>A prompt of random tokens; ids stay below the smallest vocabulary and above what a peer's tokenizer reserves.</summary>
    public static int[] Prompt(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(300, S.Config.VocabSize))];
    }

    private static ModelConfig Describe(int hidden, int layers, int heads, int feedForward, int vocabulary) => new()
    {
        VocabSize = vocabulary,
        HiddenSize = hidden,
        IntermediateSize = feedForward,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = 4,
        ContextLength = 2048,
    };
}
