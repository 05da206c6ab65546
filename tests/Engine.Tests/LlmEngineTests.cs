using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>The real engine over a decoder whose every token depends on the whole prefix in its slot.</summary>
public sealed class LlmEngineTests
{
    private static readonly LlmEngineOptions Checked = new() { CheckInvariants = true, PrefillTokensPerStep = 24 };
    private static readonly SamplingOptions Sampling = new() { Temperature = 0.8f, TopP = 0.95f, Seed = 7 };

    private static int[] Prompt(int length, int salt = 0) => [.. Enumerable.Range(0, length).Select(i => (i * 7 + salt * 13 + 3) % 64)];
    private static SequenceOptions With(SamplingOptions sampling) => new() { Sampling = sampling };

    [Fact]
    public async Task DecodeAsync_OneSequence_SaysWhatItSaysAlone()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(), Checked);
        await using var handle = engine.Start(Prompt(40), With(Sampling));
        var tokens = await handle.ReadAsync(30);
        Assert.Equal(Isolated.Decode(Prompt(40), 40, Sampling, RandomStream.Root(7), 30), tokens);
        Assert.Equal(FinishReason.Length, handle.FinishReason);
        Assert.Equal(70, handle.Length);
        Assert.Equal(new SequenceUsage(40, 0, 0, 0, 30), handle.Usage);
    }

    [Fact]
    public async Task DecodeAsync_ManyRowsJoiningAndLeaving_EachSaysWhatItSaysAlone()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 5), Checked);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var sampling = Sampling with { Seed = (ulong)i };
            int length = 3 + i * 11 % 50, count = 1 + i * 5 % 40;
            await using var handle = engine.Start(Prompt(length, i), With(sampling));
            var tokens = await handle.ReadAsync(count);
            Assert.Equal(Isolated.Decode(Prompt(length, i), length, sampling, RandomStream.Root((ulong)i), count), tokens);
        }));
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics.Live == 0, 5000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_WhatTheSameStreamDrew_GoesOnAsIfItHadNeverStopped(bool features)
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(valueHead: features ? Isolated.NewHead() : null), Checked);
        await using var root = engine.Start(Prompt(20), With(Sampling));
        await using var fork = root.Fork();
        SampledToken[] drawn = [.. await fork.ReadAsync(30)];
        await using var resumed = engine.Start(Prompt(20), With(Sampling) with { Stream = fork.Stream });
        resumed.Resume(drawn.AsSpan(0, 13));
        Assert.Equal(33, resumed.Length);
        Assert.Equal(drawn[13..], await resumed.ReadAsync(17));
        // And once more from further back.
        resumed.Rewind(25);
        resumed.Resume(drawn.AsSpan(5, 20));
        Assert.Equal(drawn[25..], await resumed.ReadAsync(5));
        Assert.Throws<PromptTooLongException>(() => resumed.Resume(new SampledToken[200]));
        Assert.Throws<UnknownTokenException>(() => resumed.Resume([new(64, -1, 1, 0)]));
    }

    [Fact]
    public async Task Fork_OfAPrompt_ComputesThePromptOnce()
    {
        var decoder = ScriptedDecoder.Hashing(slots: 8);
        await using var engine = new LlmEngine(decoder, Checked);
        await using var root = engine.Start(Prompt(50), With(Sampling));
        var forks = Enumerable.Range(0, 6).Select(_ => root.Fork()).ToArray();
        var texts = await Task.WhenAll(forks.Select(f => f.ReadAsync(10)));
        Assert.Equal(49, decoder.ChunkTokens);
        for (int i = 0; i < forks.Length; i++)
            Assert.Equal(Isolated.Decode(Prompt(50), 50, Sampling, RandomStream.Fork(RandomStream.Root(7), i), 10), texts[i]);
        Assert.Equal(6, texts.Select(t => string.Join(',', t.Ids())).Distinct().Count());
        Assert.Equal(5 * 49, forks.Sum(f => f.Usage.Cached));
        // Four steps for the prompt, then all six rows at once: each fork computes only the prompt's last token again.
        Assert.Equal(60, decoder.DecodedRows);
        foreach (var fork in forks)
            await fork.DisposeAsync();
    }

    [Fact]
    public async Task Fork_InMidText_GoesOnFromThere()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(), Checked);
        await using var root = engine.Start(Prompt(20), With(Sampling));
        var head = await root.ReadAsync(10);
        await using var fork = root.Fork(SamplingOptions.Greedy);
        int[] text = [.. Prompt(20), .. head.Ids()];
        Assert.Equal(Isolated.Decode(text, 30, SamplingOptions.Greedy, RandomStream.Fork(RandomStream.Root(7), 0), 8), await fork.ReadAsync(8));
        Assert.Equal(Isolated.Decode(text, 20, Sampling, RandomStream.Root(7), 8), await root.ReadAsync(8));
    }

    [Fact]
    public async Task AppendAndRewind_ThenDecode_ContinueTheNewText()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(), Checked);
        await using var handle = engine.Start(Prompt(20), With(Sampling));
        var head = await handle.ReadAsync(10);
        handle.Append([5, 6, 7]);
        int[] text = [.. Prompt(20), .. head.Ids(), 5, 6, 7];
        var tail = await handle.ReadAsync(5);
        Assert.Equal(Isolated.Decode(text, 20, Sampling, RandomStream.Root(7), 5), tail);
        handle.Rewind(25);
        Assert.Equal(25, handle.Length);
        Assert.Equal(Isolated.Decode(text[..25], 20, Sampling, RandomStream.Root(7), 5), await handle.ReadAsync(5));
        Assert.Equal(3, handle.Usage.Forced);
    }

    [Fact]
    public async Task DecodeAsync_LeftEarly_DropsWhatWasNotRead()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(), Checked);
        await using var handle = engine.Start(Prompt(20), With(Sampling));
        var read = new List<SampledToken>();
        await foreach (var token in handle.DecodeAsync(100))
        {
            read.Add(token);
            if (read.Count == 4)
                break;
        }
        Assert.Equal(24, handle.Length);
        Assert.Null(handle.FinishReason);
        read.AddRange(await handle.ReadAsync(6));
        Assert.Equal(Isolated.Decode(Prompt(20), 20, Sampling, RandomStream.Root(7), 10), read);
    }

    [Fact]
    public async Task DecodeAsync_StopAndPauseTokens_EndWithTheRightReason()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Saying([1, 2, 3, 4, 5], promptLength: 2), Checked);
        await using var handle = engine.Start([10, 11], new SequenceOptions { Sampling = SamplingOptions.Greedy, StopTokens = [4] });
        var first = await handle.ReadAsync(10, pauseAt: [2]);
        Assert.Equal([1, 2], first.Ids());
        Assert.Equal(FinishReason.Pause, handle.FinishReason);
        var second = await handle.ReadAsync(10, pauseAt: [2]);
        Assert.Equal([3, 4], second.Ids());
        Assert.Equal(FinishReason.Stop, handle.FinishReason);
    }

    [Fact]
    public async Task DecodeAsync_ToTheCapacity_EndsThere()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(capacity: 32), Checked);
        await using var handle = engine.Start(Prompt(30), With(Sampling));
        Assert.Equal(2, (await handle.ReadAsync(50)).Count);
        Assert.Equal(FinishReason.Length, handle.FinishReason);
        Assert.Empty(await handle.ReadAsync(50));
    }

    [Fact]
    public async Task ScoreAsync_OfAContinuation_EqualsTheLogProbsOfSamplingIt()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(), Checked);
        await using var handle = engine.Start(Prompt(20), With(Sampling));
        var sampled = Isolated.Decode(Prompt(20), 20, Sampling, RandomStream.Root(7), 40);
        var scores = await handle.ScoreAsync(sampled.Ids(), topLogProbs: 3);
        Assert.Equal(sampled.Select(t => t.LogProb), scores.LogProbs);
        Assert.Equal(sampled.Select(t => t.Entropy), scores.Entropies);
        Assert.Equal(sampled.Select(t => t.Value), scores.Values);
        Assert.All(scores.Top!, top => Assert.Equal(3, top.Length));
        Assert.False(float.IsNaN(scores.EndValue));
        Assert.Equal(20, handle.Length);
        Assert.Equal(sampled, await handle.ReadAsync(40));
    }

    [Fact]
    public async Task Start_SamePromptTwice_TakesTheSecondFromThePrefixCache()
    {
        var decoder = ScriptedDecoder.Hashing();
        await using var engine = new LlmEngine(decoder, Checked);
        await using (var first = engine.Start(Prompt(50), With(Sampling)))
            await first.ReadAsync(5);
        long steps = decoder.Steps, computed = decoder.ChunkTokens;
        await using var second = engine.Start(Prompt(50), With(Sampling));
        await second.ReadAsync(1);
        Assert.Equal(49, second.Usage.Cached);
        Assert.Equal(computed, decoder.ChunkTokens);
        Assert.Equal(1, decoder.Steps - steps);
    }

    [Fact]
    public async Task Start_HigherPriority_PreemptsAndTheVictimLosesNothing()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 1), Checked);
        await using var low = engine.Start(Prompt(10), With(Sampling));
        var reading = low.ReadAsync(100);
        SpinWait.SpinUntil(() => engine.Statistics.SampledTokens > 3);
        await using var high = engine.Start(Prompt(10, 1), new SequenceOptions { Sampling = Sampling, Priority = 1 });
        Assert.Equal(Isolated.Decode(Prompt(10, 1), 10, Sampling, RandomStream.Root(7), 5), await high.ReadAsync(5));
        await high.DisposeAsync();
        Assert.Equal(Isolated.Decode(Prompt(10), 10, Sampling, RandomStream.Root(7), 100), await reading);
        Assert.InRange(engine.Statistics.Preemptions, 0, 1);
    }

    [Fact]
    public async Task DecodeAsync_IdleSequencesHoldAllSlots_TheyGiveWay()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 2), Checked);
        var handles = Enumerable.Range(0, 6).Select(i => engine.Start(Prompt(12, i), With(Sampling))).ToArray();
        for (int round = 0; round < 3; round++)
            foreach (var handle in handles)
                await handle.ReadAsync(3);
        for (int i = 0; i < handles.Length; i++)
            Assert.Equal(21, handles[i].Length);
        await using var fork = handles[0].Fork(SamplingOptions.Greedy);
        await fork.ReadAsync(1);
        foreach (var handle in handles)
            await handle.DisposeAsync();
    }

    [Fact]
    public async Task Abort_WhileDecoding_EndsTheEnumerationAndFreesTheRow()
    {
        using var gate = new SemaphoreSlim(0);
        var decoder = ScriptedDecoder.Hashing(slots: 1);
        decoder.OnForward = _ => gate.Wait(TimeSpan.FromSeconds(10));
        await using var engine = new LlmEngine(decoder, Checked);
        await using var handle = engine.Start(Prompt(10), With(Sampling));
        var reading = handle.ReadAsync(100);
        gate.Release(3);
        handle.Abort("test");
        gate.Release(100);
        var error = await Assert.ThrowsAsync<SequenceAbortedException>(() => reading);
        Assert.Contains("test", error.Message, StringComparison.Ordinal);
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics is { Live: 0, UsedSlots: 0 }, 5000));
        Assert.True(decoder.Steps <= 5, "an aborted sequence must be gone after the step in progress");
    }

    [Fact]
    public async Task DecodeAsync_Cancelled_StopsWithinOneStep()
    {
        var decoder = ScriptedDecoder.Hashing();
        await using var engine = new LlmEngine(decoder, Checked);
        await using var handle = engine.Start(Prompt(10), With(Sampling));
        using var cancellation = new CancellationTokenSource();
        long stepsAtCancel = 0;
        decoder.OnForward = _ =>
        {
            if (decoder.Steps == 10)
            {
                stepsAtCancel = decoder.Steps;
                cancellation.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handle.ReadAsync(100, null, cancellation.Token));
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics.Running == 0, 5000));
        Assert.True(engine.Statistics.Live == 1 && decoder.Steps >= stepsAtCancel);
    }
}
