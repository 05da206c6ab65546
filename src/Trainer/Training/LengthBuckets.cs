using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Training;

/// <summary>
/// An endless stream of batches whose sequences are of about the same length: draws a bucket of many batches, sorts it by length, cuts it, and deals the
/// batches in random order. The batch at a step is a function of the seed and the step, so a resumed run continues the stream exactly.
/// </summary>
public sealed class LengthBuckets(Func<long, TrainingSequence> sequenceAt, int batchSize, int batchesPerBucket, ulong seed)
{
    private long _bucket = -1;
    private TrainingSequence[][] _batches = [];

    /// <param name="step">From 0.</param>
    public IReadOnlyList<TrainingSequence> Batch(long step)
    {
        long bucket = step / batchesPerBucket;
        if (bucket != _bucket)
        {
            int size = batchSize * batchesPerBucket;
            var sequences = Enumerable.Range(0, size).Select(i => sequenceAt(bucket * size + i)).OrderBy(s => s.Ids.Length).ToArray();
            _batches = [.. sequences.Chunk(batchSize)];
            new ProblemRandom(seed, (ulong)bucket).Shuffle(_batches);
            _bucket = bucket;
        }
        return _batches[step % batchesPerBucket];
    }
}
