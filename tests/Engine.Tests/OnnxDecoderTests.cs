using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>The engine over a tiny random model on ONNX Runtime.</summary>
public sealed class OnnxDecoderTests
{
    private static readonly ModelConfig Config = new()
    {
        VocabSize = 96,
        HiddenSize = 64,
        IntermediateSize = 128,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        HeadDim = 16,
        ContextLength = 128,
        ValueHeadSize = 32,
    };

    private static readonly IWeights Weights = new NoisyWeights(seed: 5);

    private static LlmEngine Open(WeightFormat format, int slots = 6, int chunk = 16) => new(
        OnnxDecoder.Load(OnnxDecoderGraph.Build(Config, Weights, format), new OnnxDecoderOptions { Slots = slots, Capacity = 128, ChunkTokens = chunk, Threads = 1 }),
        new LlmEngineOptions { CheckInvariants = true });

    private static int[] Prompt(int i) => [.. Enumerable.Range(0, 5 + i * 7 % 40).Select(t => (t * 5 + i * 11 + 1) % 96)];

    [Fact]
    public async Task DecodeAsync_Greedy_FollowsTheReferenceDecoder()
    {
        await using var engine = Open(WeightFormat.Fp32);
        await using var handle = engine.Start(Prompt(4), new SequenceOptions { Sampling = SamplingOptions.Greedy });
        var tokens = await handle.ReadAsync(12);
        var reference = new ReferenceDecoder(Config, Weights);
        int[] text = [.. Prompt(4), .. tokens.Ids()];
        var (logits, values) = reference.Forward(text);
        for (int i = 0; i < tokens.Count; i++)
        {
            int position = Prompt(4).Length - 1 + i;
            double[] row = logits[position];
            double max = row.Max(), lse = max + Math.Log(row.Sum(x => Math.Exp(x - max)));
            Assert.Equal(row[tokens[i].Id], max, 1e-4);
            Assert.Equal(row[tokens[i].Id] - lse, tokens[i].LogProb, 1e-4);
            Assert.Equal(values[position], tokens[i].Value, 1e-4);
        }
    }

    [Theory]
    [InlineData(WeightFormat.Fp32)]
    [InlineData(WeightFormat.Fp16)]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public async Task DecodeAsync_InABusyBatch_BitEqualToAlone(WeightFormat format)
    {
        var sampling = new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, Seed = 11 };
        var alone = new List<SampledToken>[12];
        await using (var engine = Open(format, slots: 1, chunk: 64))
            for (int i = 0; i < alone.Length; i++)
                await using (var handle = engine.Start(Prompt(i), new SequenceOptions { Sampling = sampling }))
                    alone[i] = await handle.ReadAsync(20 + i);
        await using var busy = Open(format, slots: 5, chunk: 16);
        await Task.WhenAll(Enumerable.Range(0, alone.Length).Select(async i =>
        {
            await using var handle = busy.Start(Prompt(i), new SequenceOptions { Sampling = sampling });
            Assert.Equal(alone[i], await handle.ReadAsync(20 + i));
        }));
    }

    [Fact]
    public async Task ScoreAsync_InChunks_EqualsDecodeRows()
    {
        await using var engine = Open(WeightFormat.Fp32);
        await using var handle = engine.Start(Prompt(6), new SequenceOptions { Sampling = new() { Seed = 3 } });
        await using var fork = handle.Fork();
        var sampled = await handle.ReadAsync(40);
        var scores = await fork.ScoreAsync(sampled.Ids());
        for (int i = 0; i < sampled.Count; i++)
        {
            Assert.Equal(sampled[i].LogProb, scores.LogProbs[i], 1e-5f);
            Assert.Equal(sampled[i].Value, scores.Values[i], 1e-5f);
        }
    }

    [Fact]
    public void Load_AGraphOfAnotherKind_SaysWhatToDo()
    {
        var error = Assert.Throws<ModelFormatException>(() => OnnxDecoder.Load([1, 2, 3], new OnnxDecoderOptions { Capacity = 16 }));
        Assert.Contains("cannot load the graph", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_CudaOnTheCpuBuild_SaysWhatIsMissing()
    {
        if (Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
            Assert.Skip("this is the CUDA build");
        var error = Assert.Throws<DeviceUnavailableException>(() => ExecutionDevice.Resolve(DeviceChoice.Cuda));
        Assert.Contains("-p:OnnxRuntime=cuda", error.Message, StringComparison.Ordinal);
        Assert.Equal("cpu", ExecutionDevice.Resolve(DeviceChoice.Auto).Name);
        Assert.Contains("no usable GPU", ExecutionDevice.Resolve(DeviceChoice.Auto).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FromLibrary_NoSuchFileOrNoSuchLibrary_IsRefused()
    {
        Assert.Throws<DeviceUnavailableException>(() => ExecutionDevice.FromLibrary("nowhere.so"));
        using var folder = new TemporaryFolder();
        string fake = folder.File("libfake.so");
        File.WriteAllText(fake, "not a library");
        Assert.Throws<DeviceUnavailableException>(() => ExecutionDevice.FromLibrary(fake));
    }
}
