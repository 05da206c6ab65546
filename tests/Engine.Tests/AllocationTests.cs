using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Runs alone: the count of the whole process would see its neighbours.</summary>
[Collection("alone")]
public sealed class AllocationTests
{
    private const int Windows = 7, WindowSteps = 250;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DecodeAsync_SteadyState_AllocatesNothing(bool features)
    {
        var decoder = ScriptedDecoder.Hashing(slots: 8, capacity: 4096, valueHead: features ? Isolated.NewHead() : null);
        // Bytes that the engine's thread, and the whole process, had allocated at the beginning of each window.
        List<(long Engine, long Process)> allocated = new(Windows + 1);
        long read = 0;
        decoder.OnForward = _ =>
        {
            // A real forward pass takes longer than reading; here the readers would fall behind without end, and their queues grow.
            for (int patience = 1000; patience > 0 && Volatile.Read(ref read) < 8 * (decoder.Steps - 20); patience--)
                Thread.Yield();
            // On the engine's thread.
            if (decoder.Steps >= 1000 && decoder.Steps % WindowSteps == 0 && allocated.Count <= Windows)
                allocated.Add((GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true)));
        };
        await using var engine = new LlmEngine(decoder);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var sampling = new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, Seed = (ulong)i };
            await using var handle = engine.Start([1, 2, 3, i], new SequenceOptions { Sampling = sampling });
            await foreach (var _ in handle.DecodeAsync(3000))
                Interlocked.Increment(ref read);
        }));
        Assert.Equal(Windows + 1, allocated.Count);
        // The pool of deliveries grows when a reader is held up, and the runtime's own threads allocate now and then: the quietest window tells. One object a step
        // would be 6 KB of the engine's in every window, one small object a token 48 KB of the process's.
        var growth = allocated.Zip(allocated.Skip(1), (before, after) => (Engine: after.Engine - before.Engine, Process: after.Process - before.Process)).ToList();
        Assert.Equal(0, growth.Min(window => window.Engine));
        Assert.InRange(growth.Min(window => window.Process), 0, 10_000);
    }
}
