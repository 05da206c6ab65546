using System.Numerics.Tensors;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests.Onnx;

public sealed class OnnxDecoderGraphTests
{
    private static readonly ModelConfig Tiny = new()
    {
        VocabSize = 53,
        HiddenSize = 64,
        IntermediateSize = 96,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        HeadDim = 16,
        ContextLength = 32,
    };

    private static readonly int[] Tokens = [5, 0, 52, 17, 17, 3, 41, 29, 8, 30, 2];

    public static TheoryData<bool, bool, bool, bool> Features()
    {
        var data = new TheoryData<bool, bool, bool, bool>();
        for (int i = 0; i < 16; i++)
            data.Add((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0);
        return data;
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Build_EveryCombinationOfFeatures_EqualsReference(bool bias, bool qkNorm, bool tied, bool valueHead) =>
        AssertEqualsReference(Tiny with { QkvBias = bias, QkNorm = qkNorm, TiedEmbeddings = tied, ValueHeadSize = valueHead ? 8 : null });

    [Theory]
    [InlineData(4, 4, 16)]
    [InlineData(4, 1, 16)]
    [InlineData(6, 3, 32)]
    [InlineData(3, 1, 64)]
    public void Build_HeadShapes_EqualsReference(int heads, int keyValueHeads, int headDim) =>
        AssertEqualsReference(Tiny with { Heads = heads, KeyValueHeads = keyValueHeads, HeadDim = headDim, QkNorm = true });

    [Fact]
    public void Build_OtherEpsilonAndTheta_EqualsReference() => AssertEqualsReference(Tiny with { RmsNormEps = 0.1f, RopeTheta = 500f });

    [Theory]
    [InlineData(WeightFormat.Fp32)]
    [InlineData(WeightFormat.Fp16)]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public void Build_PromptInChunks_EqualsWhole(WeightFormat format)
    {
        var config = Tiny with { QkNorm = true, ValueHeadSize = 8 };
        using var whole = new GraphSession(config, new NoisyWeights(1), format);
        using var chunked = new GraphSession(config, new NoisyWeights(1), format);
        var expected = whole.Step(Tokens);
        var actual = new List<float[]>();
        var values = new List<float>();
        foreach (var chunk in new[] { ..4, 4..5, 5..9, 9.. })
        {
            var step = chunked.Step(Tokens[chunk]);
            actual.AddRange(step.Logits);
            values.AddRange(step.Values!);
        }
        for (int t = 0; t < Tokens.Length; t++)
        {
            Assert.InRange(TensorPrimitives.Distance(expected.Logits[t], actual[t]), 0, 1e-4);
            Assert.Equal(expected.Values![t], values[t], 1e-5);
        }
    }

    [Fact]
    public void Build_SomePositionsAsked_GivesThoseRowsInOrder()
    {
        using var all = new GraphSession(Tiny, new NoisyWeights(1), WeightFormat.Fp32);
        using var some = new GraphSession(Tiny, new NoisyWeights(1), WeightFormat.Fp32);
        var expected = all.Step(Tokens).Logits;
        var actual = some.Step(Tokens, asked: [10, 3, 3]).Logits;
        Assert.Equal([expected[10], expected[3], expected[3]], actual);
    }

    // Random weights are the worst case for rounding: a trained model's logits move less.
    [Theory]
    [InlineData(WeightFormat.Fp16, 0.9999)]
    [InlineData(WeightFormat.Int8, 0.999)]
    [InlineData(WeightFormat.Int4, 0.93)]
    public void Build_FewerBits_StaysCloseToReference(WeightFormat format, double cosine)
    {
        var config = Tiny with { ValueHeadSize = 8, QkvBias = true };
        var weights = new NoisyWeights(3, 0.08f);
        var (expected, expectedValues) = new ReferenceDecoder(config, weights).Forward(Tokens);
        using var session = new GraphSession(config, weights, format);
        var (logits, values) = session.Step(Tokens);
        for (int t = 0; t < Tokens.Length; t++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity<double>(expected[t], [.. logits[t].Select(l => (double)l)]), cosine, 1.0001);
            Assert.InRange(values![t], expectedValues[t] - 0.05, expectedValues[t] + 0.05);
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8, 0.999)]
    [InlineData(WeightFormat.Int4, 0.93)]
    public void Build_InputsThatFillNoBlock_StaysCloseToReference(WeightFormat format, double cosine)
    {
        // 48 and 112 leave half a block of 32.
        var config = Tiny with { HiddenSize = 48, Heads = 3, KeyValueHeads = 1, IntermediateSize = 112 };
        var weights = new NoisyWeights(3, 0.08f);
        var (expected, _) = new ReferenceDecoder(config, weights).Forward(Tokens);
        using var session = new GraphSession(config, weights, format);
        var (logits, _) = session.Step(Tokens);
        for (int t = 0; t < Tokens.Length; t++)
            Assert.InRange(TensorPrimitives.CosineSimilarity<double>(expected[t], [.. logits[t].Select(l => (double)l)]), cosine, 1.0001);
    }

    [Theory]
    [InlineData(WeightFormat.Fp32)]
    [InlineData(WeightFormat.Int4)]
    public void Write_Folder_EqualsInMemoryModel(WeightFormat format)
    {
        using var folder = new TemporaryFolder();
        string path = OnnxDecoderGraph.Write(folder.Path, Tiny, new NoisyWeights(1), format);
        using var written = new GraphSession(Tiny, path);
        using var built = new GraphSession(Tiny, new NoisyWeights(1), format);
        Assert.Equal(built.Step(Tokens).Logits, written.Step(Tokens).Logits);
        Assert.True(new FileInfo(path).Length < new FileInfo(path + ".data").Length, "the weights belong in the data file");
    }

    [Fact]
    public void Build_Names_AreTheContract()
    {
        using var session = new GraphSession(Tiny with { ValueHeadSize = 8, Layers = 1 }, new NoisyWeights(1), WeightFormat.Fp32);
        Assert.Equal(
            ["input_ids", "logit_indices", "past_key_values.0.key", "past_key_values.0.value", "seqlens_k", "total_sequence_length"],
            session.Inputs.Order(StringComparer.Ordinal));
        Assert.Equal(["logits", "present.0.key", "present.0.value", "value"], session.Outputs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Build_MoreThanOneFileHolds_SaysToExportToAFolder()
    {
        var config = Tiny with { VocabSize = 200_000, HiddenSize = 2048, Heads = 32, HeadDim = 64 };
        var e = Assert.Throws<ModelFormatException>(() => OnnxDecoderGraph.Build(config, new NoisyWeights(1), WeightFormat.Fp32));
        Assert.Contains("export the model to a folder", e.Message, StringComparison.Ordinal);
    }

    private static void AssertEqualsReference(ModelConfig config)
    {
        var weights = new NoisyWeights(7);
        var (expected, expectedValues) = new ReferenceDecoder(config, weights).Forward(Tokens);
        using var session = new GraphSession(config, weights, WeightFormat.Fp32);
        var (logits, values) = session.Step(Tokens);
        Assert.Equal(config.ValueHeadSize is null, values is null);
        for (int t = 0; t < Tokens.Length; t++)
        {
            for (int v = 0; v < config.VocabSize; v++)
                Assert.Equal(expected[t][v], logits[t][v], 1e-4);
            if (values is not null)
                Assert.Equal(expectedValues[t], values[t], 1e-4);
        }
    }
}
