using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Tests;

/// <summary>A decoder that trains in milliseconds and a stream of sequences to train it on.</summary>
internal static class TinyModel
{
    public static readonly ModelConfig Config = new()
    {
        VocabSize = 32,
        HiddenSize = 32,
        IntermediateSize = 64,
        Layers = 2,
        Heads = 2,
        KeyValueHeads = 1,
        HeadDim = 16,
        ContextLength = 64,
        TiedEmbeddings = true,
        EosTokenIds = [0],
        PadTokenId = 1,
    };

    public static TorchTransformer New(int seed = 1) => new(Config, new InitialWeights(Config, seed));

    /// <summary>Counting upwards from a token: easily learned, never quite.</summary>
    public static TrainingSequence Sequence(long index)
    {
        var random = new Tasks.ProblemRandom(9, (ulong)index);
        int first = random.Between(2, 31), length = random.Between(6, 30);
        return new([.. Enumerable.Range(0, length).Select(i => 2 + (first - 2 + i) % 30)], 2);
    }

    public static TrainingLoop<TokenBatch> Loop(TorchTransformer model, long steps, Checkpoints.CheckpointFile? checkpoint = null, long checkpointEvery = 1000)
    {
        var buckets = new LengthBuckets(Sequence, batchSize: 4, batchesPerBucket: 3, seed: 1);
        return new(model, new SupervisedFineTuning(new()), step => TokenBatch.From(buckets.Batch(step), padding: 1) is var batch ? (batch, batch.Tokens) : default,
            new() { Steps = steps, LearningRate = new() { Peak = 5e-3, WarmUpSteps = 5 }, CheckpointEvery = checkpointEvery }, checkpoint);
    }

    public static Dictionary<string, float[]> Weights(TorchTransformer model)
    {
        var weights = new TorchWeights(model.Parameters);
        return ModelLayout.For(model.Config).Tensors.ToDictionary(t => t.Name, t =>
        {
            float[] values = new float[t.Elements];
            weights.Read(t, values);
            return values;
        });
    }
}
