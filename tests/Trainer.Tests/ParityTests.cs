using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Tests;

/// <summary>One description, two executions: the module that trains and the graph that serves give the same numbers.</summary>
public sealed class ParityTests
{
    /// <summary>Relative for logits above 1: the sums of fp32 are taken in another order.</summary>
    private const double Tolerance = 1e-4;

    public static TheoryData<string, ModelConfig> Configs => new()
    {
        { "multi-query, tied", TinyModel.Config },
        { "one key head a query head, untied", TinyModel.Config with { KeyValueHeads = 2, TiedEmbeddings = false } },
        { "grouped queries", TinyModel.Config with { Heads = 4, KeyValueHeads = 2 } },
        { "bias", TinyModel.Config with { QkvBias = true } },
        { "normed queries and keys", TinyModel.Config with { QkNorm = true } },
        { "value head", TinyModel.Config with { ValueHeadSize = 12 } },
        { "everything, other numbers", TinyModel.Config with { Heads = 6, KeyValueHeads = 3, HeadDim = 32, QkvBias = true, QkNorm = true, TiedEmbeddings = false, ValueHeadSize = 7, RopeTheta = 500, RmsNormEps = 1e-3f } },
    };

    [Theory]
    [MemberData(nameof(Configs))]
    public void Logits_RandomWeights_EqualTheGraphs(string what, ModelConfig config)
    {
        var weights = new NoisyWeights(3);
        using var model = new TorchTransformer(config, weights);
        int[][] sequences = [[.. Enumerable.Range(0, 23).Select(i => i * 7 % 32)], [4], [31, 0, 31, 0, 5]];
        AssertParity(what, model, OnnxDecoderGraph.Build(config, weights, WeightFormat.Fp32), sequences);
    }

    [Fact]
    public void Logits_RightPaddedBatch_EqualThoseOfEachSequenceAlone()
    {
        using var scope = NewDisposeScope();
        using var model = new TorchTransformer(TinyModel.Config, new NoisyWeights(3));
        var together = model.Logits(model.Hidden(tensor((long[,])new long[,] { { 5, 6, 7, 1, 1 }, { 8, 9, 10, 11, 12 } })));
        var alone = model.Logits(model.Hidden(tensor((long[,])new long[,] { { 5, 6, 7 } })));
        Assert.True(allclose(together[0, ..3], alone[0], atol: 1e-5));
    }

    [Fact]
    public void Logits_LaterToken_ChangesNothingBefore()
    {
        using var scope = NewDisposeScope();
        using var model = new TorchTransformer(TinyModel.Config, new NoisyWeights(3));
        var a = model.Logits(model.Hidden(tensor((long[,])new long[,] { { 5, 6, 7, 8 } })));
        var b = model.Logits(model.Hidden(tensor((long[,])new long[,] { { 5, 6, 7, 20 } })));
        Assert.True(allclose(a[0, ..3], b[0, ..3], atol: 1e-6));
        Assert.False(allclose(a[0, 3], b[0, 3], atol: 1e-2));
    }

    [Fact]
    public void Logits_Bfloat16_AreNearSinglePrecision()
    {
        using var scope = NewDisposeScope();
        using var model = new TorchTransformer(TinyModel.Config, new InitialWeights(TinyModel.Config, 3));
        var ids = tensor((long[,])new long[,] { { 5, 6, 7, 8 } });
        var single = model.Logits(model.Hidden(ids));
        model.Precision = ScalarType.BFloat16;
        var half = model.Logits(model.Hidden(ids));
        Assert.Equal(ScalarType.Float32, half.dtype);
        Assert.True(allclose(single, half, rtol: 0.02, atol: 0.02));
        Assert.False(allclose(single, half, rtol: 0, atol: 1e-7));
    }

    [Fact]
    public void Logits_ShippedWeights_EqualTheGraphs()
    {
        string folder = TestAssembly.RepositoryPath("models", "reasoner");
        var config = ModelConfig.Load(Path.Combine(folder, "config.json"));
        var tokenizer = ModelTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        using var weights = SafeTensors.Open(Path.Combine(folder, SafeTensors.FileName));
        weights.Check(ModelLayout.For(config));
        using var model = new TorchTransformer(config, weights);
        int[][] sequences = [.. new WordProblemTask(12).Problems(0, 50).Select(p => tokenizer.Encode(ChatFormat.Prompt(p.Question) + ChatFormat.Completion(p.Solution)))];
        AssertParity("shipped", model, OnnxDecoderGraph.Build(config, weights, WeightFormat.Fp32), sequences);
    }

    private static void AssertParity(string what, TorchTransformer model, byte[] graph, int[][] sequences)
    {
        var config = model.Config;
        int longest = sequences.Max(s => s.Length);
        using var decoder = OnnxDecoder.Load(graph, new() { Slots = 1, Capacity = config.ContextLength, ChunkTokens = longest, Threads = 1 });
        using var batch = new LogitsBatch(longest, config.VocabSize, decoder.ValueHead?.Width ?? 0);
        using var noGrad = no_grad();
        foreach (int[] sequence in sequences)
        {
            using var scope = NewDisposeScope();
            var plan = new StepPlan();
            plan.Tokens.AddRange(sequence);
            plan.Chunks.Add(new(Slot: 0, Start: 0, Offset: 0, sequence.Length, Logits: sequence.Length));
            decoder.Forward(plan, batch);

            var hidden = model.Hidden(tensor([.. sequence.Select(id => (long)id)], [1, sequence.Length]))[0];
            float[] logits = model.Logits(hidden).data<float>().ToArray();
            // A head that takes features needs those of the engine: FeatureParityTests.
            float[]? values = config.ValueHeadSize is null || config.ValueFeatures is not null ? null : model.ValueLogit(hidden).sigmoid().data<float>().ToArray();
            for (int t = 0; t < sequence.Length; t++)
            {
                for (int v = 0; v < config.VocabSize; v++)
                    Assert.True(Math.Abs(batch.Row(t)[v] - logits[t * config.VocabSize + v]) <= Tolerance * Math.Max(1, Math.Abs(logits[t * config.VocabSize + v])), $"{what}: position {t}, token {v}: graph {batch.Row(t)[v]}, module {logits[t * config.VocabSize + v]}");
                if (values is not null)
                    Assert.Equal(values[t], batch.Value(t), Tolerance);
            }
        }
    }
}
