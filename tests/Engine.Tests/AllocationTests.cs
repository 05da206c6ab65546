using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Runs alone: the count of the whole process would see its neighbours.</summary>
[Collection("alone")]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DecodeAsync_SteadyState_AllocatesNothing(bool features)
    {
        var decoder = ScriptedDecoder.Hashing(slots: 8, capacity: 4096, valueHead: features ? Isolated.NewHead() : null);
        long engineBefore = 0, engineAfter = 0, allBefore = 0, allAfter = 0;
        long read = 0;
        decoder.OnForward = _ =>
        {
            // A real forward pass takes longer than reading; here the readers would fall behind without end, and their queues grow.
            for (int patience = 1000; patience > 0 && Volatile.Read(ref read) < 8 * (decoder.Steps - 20); patience--)
                Thread.Yield();
            // On the engine's thread.
            if (decoder.Steps == 1000)
                (engineBefore, allBefore) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
            if (decoder.Steps == 2500)
                (engineAfter, allAfter) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
        };
        await using var engine = new LlmEngine(decoder);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var sampling = new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, Seed = (ulong)i };
            await using var handle = engine.Start([1, 2, 3, i], new SequenceOptions { Sampling = sampling });
            await foreach (var _ in handle.DecodeAsync(3000))
                Interlocked.Increment(ref read);
        }));
        // The pool of deliveries may still grow by a few; one object a step would be 36 KB.
        Assert.InRange(engineAfter - engineBefore, 0, 4_000);
        // 12,000 tokens went to their readers in between; one small object a token would be 288 KB. The runtime's own threads allocate now and then.
        Assert.InRange(allAfter - allBefore, 0, 60_000);
    }
}
