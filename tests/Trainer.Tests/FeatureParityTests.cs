using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Rewards;
using InferenceServer.Shared;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Rewards;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Tests;

/// <summary>The values that the engine reports while it decodes are those of the Torch head on the same tokens, whatever the owner does in between.</summary>
public sealed class FeatureParityTests
{
    private const int StepToken = 3;

    private static readonly ModelConfig Config = TinyModel.Config with { ValueHeadSize = 12, ValueFeatures = new(StepToken) };
    private static readonly int[] Prompt = [5, 6, 7, StepToken, 8];

    [Theory]
    [InlineData(WeightFormat.Fp32, 1e-4)]
    [InlineData(WeightFormat.Fp16, 2e-2)]
    public async Task Values_ForkedRewoundAppendedAndScored_EqualTheModules(WeightFormat format, double tolerance)
    {
        var weights = new NoisyWeights(3);
        using var model = new TorchTransformer(Config, weights);
        await using var engine = new LlmEngine(
            OnnxDecoder.Load(OnnxDecoderGraph.Build(Config, weights, format), new() { Slots = 2, Capacity = Config.ContextLength, ChunkTokens = 8, Threads = 1 }), new() { CheckInvariants = true });
        await using var handle = engine.Start(Prompt, new() { Sampling = new() { Seed = 4 } });

        var first = await ReadAsync(handle, 14);
        Check(Prompt, [], first);
        await using var fork = handle.Fork();
        await using var other = handle.Fork();   // more sequences than slots: one of them is preempted or evicted in between
        Check(Prompt, first, await ReadAsync(fork, 9));
        Check(Prompt, first, await ReadAsync(other, 6));

        handle.Rewind(Prompt.Length + 6);
        var kept = first[..6];
        Check(Prompt, kept, await ReadAsync(handle, 8));

        handle.Rewind(Prompt.Length + 6);
        handle.Append([9, StepToken, 10]);
        SampledToken[] appended = [.. kept, .. new[] { 9, StepToken, 10 }.Select(id => new SampledToken(id, float.NaN, float.NaN, float.NaN))];
        Check(Prompt, appended, await ReadAsync(handle, 5));

        handle.Rewind(Prompt.Length + 6);
        int[] continuation = [4, StepToken, 11, 12, 13, 14, 15, 16, 17, 18, 19];
        var scores = await handle.ScoreAsync(continuation);
        SampledToken[] scored = [.. continuation.Select((id, i) => new SampledToken(id, scores.LogProbs[i], scores.Entropies[i], scores.Values[i]))];
        Check(Prompt, kept, scored);
        Check(Prompt, [.. kept, .. scored], [new(0, 0, 0, scores.EndValue)]);

        void Check(int[] prompt, IReadOnlyList<SampledToken> before, IReadOnlyList<SampledToken> tokens)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            SampledToken[] text = [.. before, .. tokens];
            long[] ids = [.. prompt.Select(id => (long)id), .. text.Select(t => (long)t.Id)];
            var features = new RewardFeatures();
            float[] rows = new float[ids.Length * RewardFeatures.Count];
            for (int t = 0; t < ids.Length; t++)
            {
                features.Add((int)ids[t], t < prompt.Length ? TokenStatistics.Unknown : new(text[t - prompt.Length].LogProb, text[t - prompt.Length].Entropy), StepToken);
                features.Write(rows.AsSpan(t * RewardFeatures.Count));
            }
            float[] values = model.ValueLogit(model.Hidden(tensor(ids, [1, ids.Length]))[0], tensor(rows, [ids.Length, RewardFeatures.Count])).sigmoid().data<float>().ToArray();
            for (int i = 0; i < tokens.Count; i++)
                Assert.Equal(values[prompt.Length + before.Count + i - 1], tokens[i].Value, tolerance);
        }
    }

    /// <summary>A reward model is trained with the features of its own log-probabilities and served by scoring text: both are the same.</summary>
    [Fact]
    public async Task OwnFeatures_OfABatch_GiveTheValuesThatScoringGives()
    {
        int[][] completions = [[9, StepToken, 10, 11], [12, 13, StepToken, 14, 15, 16]];
        var weights = new NoisyWeights(3);
        float[] values = Own();
        await using var engine = new LlmEngine(OnnxDecoder.Load(OnnxDecoderGraph.Build(Config, weights, WeightFormat.Fp32), new() { Slots = 2, Capacity = Config.ContextLength, ChunkTokens = 8, Threads = 1 }));
        int at = 0;
        foreach (int[] completion in completions)
        {
            await using var handle = engine.Start(Prompt, new());
            var scores = await handle.ScoreAsync(completion);
            foreach (float value in scores.Values.Skip(1).Append(scores.EndValue))
                Assert.Equal(values[at++], value, 1e-4);
        }

        // Torch keeps whether gradients are wanted by thread: none of this may stand around an await.
        float[] Own()
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var model = new TorchTransformer(Config, weights);
            var batch = RewardBatch.From([new(Prompt, [.. completions.Select(tokens => new RewardSample(tokens, new([tokens.Length - 1], [1]), new float[tokens.Length * RewardFeatures.Count], 1))])], padding: 1);
            var hidden = model.Hidden(batch.Ids).flatten(0, 1);
            return model.ValueLogit(hidden.index_select(0, batch.Positions), OwnFeatures.Of(model, hidden, batch)).sigmoid().data<float>().ToArray();
        }
    }

    [Fact]
    public async Task Values_InABusyBatch_BitEqualToAlone()
    {
        byte[] graph = OnnxDecoderGraph.Build(Config, new NoisyWeights(3), WeightFormat.Fp32);
        OnnxDecoderOptions options = new() { Slots = 1, Capacity = Config.ContextLength, Threads = 1 };
        var alone = new List<SampledToken[]>();
        await using (var engine = new LlmEngine(OnnxDecoder.Load(graph, options)))
            for (int i = 0; i < 8; i++)
                await using (var handle = engine.Start([.. Prompt, i], new() { Sampling = new() { Seed = (ulong)i } }))
                    alone.Add(await ReadAsync(handle, 12 + i));
        await using var busy = new LlmEngine(OnnxDecoder.Load(graph, options with { Slots = 5 }));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var handle = busy.Start([.. Prompt, i], new() { Sampling = new() { Seed = (ulong)i } });
            Assert.Equal(alone[i], await ReadAsync(handle, 12 + i));
        }));
    }

    [Fact]
    public async Task ModelFolder_WithAFinishedGraphOnly_ServesTheHead()
    {
        using var folder = new TemporaryFolder();
        var config = TestModel.Config with { ValueFeatures = new(StepToken) };
        TestModel.Write(folder.Path, config);
        using (var weights = SafeTensors.Open(folder.File(SafeTensors.FileName)))
            OnnxDecoderGraph.Write(folder.Path, config, weights, WeightFormat.Fp32);
        var built = await FirstAsync();
        File.Delete(folder.File(SafeTensors.FileName));
        Assert.Equal(built, await FirstAsync());
        Assert.All(built, token => Assert.InRange(token.Value, 0, 1));

        async Task<SampledToken[]> FirstAsync()
        {
            using var model = ModelFolder.Open(folder.Path);
            var graph = model.Weights is null ? model.Graph() : model.Graph(WeightFormat.Fp32);
            var options = new OnnxDecoderOptions { Slots = 2, Capacity = 64, Threads = 1 };
            await using var engine = new LlmEngine(graph.Path is { } path ? OnnxDecoder.Load(path, options) : OnnxDecoder.Load(graph.Bytes!, options));
            await using var handle = engine.Start(Prompt, new() { Sampling = new() { Seed = 1 } });
            return await ReadAsync(handle, 10);
        }
    }

    private static async Task<SampledToken[]> ReadAsync(SequenceHandle handle, int count)
    {
        List<SampledToken> tokens = [];
        await foreach (var token in handle.DecodeAsync(count))
            tokens.Add(token);
        return [.. tokens];
    }
}
