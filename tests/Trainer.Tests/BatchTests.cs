using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Tests;

public sealed class BatchTests
{
    [Fact]
    public void TokenBatch_CompletionOnly_IsLearnedAndPaddingIsNot()
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.From([new([5, 6, 7, 8], 2), new([9, 10], 1)], padding: 3);
        Assert.Equal([2, 16], batch.Ids.shape);
        Assert.Equal([5, 6, 7, 8, 3], batch.Ids[0, ..5].data<long>().ToArray());
        // Row 0 predicts 7 from position 1 and 8 from 2; row 1 predicts 10 from position 0.
        Assert.Equal([1, 2, 16], batch.TargetPositions.data<long>().ToArray());
        Assert.Equal([7, 8, 10], batch.Targets.data<long>().ToArray());
        Assert.Equal(6, batch.Tokens);
    }

    [Fact]
    public void LengthBuckets_OneBucket_HoldsEachSequenceOnceInBatchesOfLikeLength()
    {
        var buckets = new LengthBuckets(TinyModel.Sequence, batchSize: 4, batchesPerBucket: 8, seed: 1);
        var batches = Enumerable.Range(0, 8).Select(step => buckets.Batch(step)).ToArray();
        var expected = Enumerable.Range(0, 32).Select(i => string.Join(',', TinyModel.Sequence(i).Ids)).Order();
        Assert.Equal(expected, batches.SelectMany(b => b).Select(s => string.Join(',', s.Ids)).Order());
        // Sorted by length and cut: the ranges of two batches touch at most at their ends.
        var ranges = batches.Select(b => (Min: b.Min(s => s.Ids.Length), Max: b.Max(s => s.Ids.Length))).Order().ToArray();
        Assert.All(Enumerable.Range(1, 7), i => Assert.True(ranges[i].Min >= ranges[i - 1].Max));
    }

    [Fact]
    public void LengthBuckets_AStepReadAlone_IsTheStepOfTheStream()
    {
        var stream = new LengthBuckets(TinyModel.Sequence, 4, 8, 1);
        for (int step = 0; step < 20; step++)
            Assert.Equal(stream.Batch(step).Select(s => s.Ids), new LengthBuckets(TinyModel.Sequence, 4, 8, 1).Batch(step).Select(s => s.Ids));
    }
}
