using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>Sequences of negative priority, which are computed only while nobody else lives.</summary>
public sealed class BackgroundTests
{
    private static readonly LlmEngineOptions Checked = new() { CheckInvariants = true, PrefillTokensPerStep = 24, BackgroundPrefillTokensPerStep = 8 };
    private static readonly SamplingOptions Sampling = new() { Temperature = 0.8f, TopP = 0.95f, Seed = 7 };

    private static int[] Prompt(int length, int salt = 0) => [.. Enumerable.Range(0, length).Select(i => (i * 7 + salt * 13 + 3) % 64)];
    private static SequenceOptions Background(ulong seed = 7) => new() { Sampling = Sampling with { Seed = seed }, Priority = -1 };
    private static SequenceOptions User(ulong seed = 7) => new() { Sampling = Sampling with { Seed = seed } };

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public async Task Decode_SomebodyElseLives_IsHeldUntilTheyAreGoneAndLosesNothing(int slots)
    {
        ScriptedDecoder decoder = ScriptedDecoder.Hashing(slots: slots);
        await using var engine = new LlmEngine(decoder, Checked);
        SequenceHandle[] background = [.. Enumerable.Range(0, 3).Select(i => engine.Start(Prompt(30, i), Background((ulong)i)))];
        Task<List<SampledToken>>[] reading = [.. background.Select(handle => handle.ReadAsync(60))];
        SpinWait.SpinUntil(() => engine.Statistics.SampledTokens > 10);
        await using (SequenceHandle user = engine.Start(Prompt(20, 9), User()))
        {
            // An idle user's sequence holds the others too: its owner is thinking.
            await user.ReadAsync(1);
            long sampled = engine.Statistics.SampledTokens, steps = decoder.Steps;
            Assert.Equal(Isolated.Decode(Prompt(20, 9), 20, Sampling, RandomStream.Root(7), 21)[1..], await user.ReadAsync(20));
            Assert.Equal((20, 20), (engine.Statistics.SampledTokens - sampled, decoder.Steps - steps));
        }
        List<SampledToken>[] said = await Task.WhenAll(reading);
        for (int i = 0; i < said.Length; i++)
            Assert.Equal(Isolated.Decode(Prompt(30, i), 30, Sampling with { Seed = (ulong)i }, RandomStream.Root((ulong)i), 60), said[i]);
        foreach (SequenceHandle handle in background)
            await handle.DisposeAsync();
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics is { Live: 0 }, 5000));
    }

    [Fact]
    public async Task Plan_OnlyBackground_CutsPromptsSmall()
    {
        ScriptedDecoder decoder = ScriptedDecoder.Hashing();
        int most = 0;
        decoder.OnForward = plan => most = Math.Max(most, plan.Tokens.Count);
        await using var engine = new LlmEngine(decoder, Checked);
        await using (SequenceHandle handle = engine.Start(Prompt(60), Background()))
            await handle.ReadAsync(1);
        Assert.Equal(8, most);
        await using (SequenceHandle handle = engine.Start(Prompt(60, 3), User()))
            await handle.ReadAsync(1);
        Assert.Equal(24, most);
    }

    [Fact]
    public async Task Decode_TheSamePromptInTheBackground_IsNotWaitedFor()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 4), Checked);
        await using SequenceHandle background = engine.Start(Prompt(60), Background());
        var reading = background.ReadAsync(40);
        await using SequenceHandle user = engine.Start(Prompt(60), User());
        Assert.Equal(Isolated.Decode(Prompt(60), 60, Sampling, RandomStream.Root(7), 10), await user.ReadAsync(10));
        await user.DisposeAsync();
        Assert.Equal(Isolated.Decode(Prompt(60), 60, Sampling, RandomStream.Root(7), 40), await reading);
    }

    [Fact]
    public async Task Start_BackgroundFillsTheEngine_UsersAreNotRefused()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 2), Checked with { MaxSequences = 2 });
        SequenceHandle[] background = [.. Enumerable.Range(0, 5).Select(i => engine.Start(Prompt(9, i), Background()))];
        await using SequenceHandle first = engine.Start(Prompt(9), User()), second = engine.Start(Prompt(9), User());
        Assert.Throws<EngineOverloadedException>(() => engine.Start(Prompt(9), User()));
        foreach (SequenceHandle handle in background)
            await handle.DisposeAsync();
    }

    [Fact]
    public async Task Cancel_WhileHeld_EndsAtOnce()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(slots: 2), Checked);
        await using SequenceHandle user = engine.Start(Prompt(9), User());
        await using SequenceHandle background = engine.Start(Prompt(9), Background());
        using var cancel = new CancellationTokenSource();
        Task<List<SampledToken>> reading = background.DecodeAsync(5, cancellationToken: cancel.Token).ToListAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}
