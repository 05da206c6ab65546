using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>What the engine refuses, and what goes on when something breaks.</summary>
public sealed class EngineFaultTests
{
    private static readonly LlmEngineOptions Checked = new() { CheckInvariants = true, PrefillTokensPerStep = 24 };
    private static readonly SamplingOptions Sampling = new() { Temperature = 0.8f, TopP = 0.95f, Seed = 7 };

    private static int[] Prompt(int length) => [.. Enumerable.Range(0, length).Select(i => (i * 7 + 3) % 64)];
    private static SequenceOptions With(SamplingOptions sampling) => new() { Sampling = sampling };

    [Fact]
    public async Task Start_BadInput_IsRefusedByName()
    {
        await using var engine = new LlmEngine(ScriptedDecoder.Hashing(capacity: 32), Checked with { MaxSequences = 2 });
        Assert.Throws<PromptTooLongException>(() => engine.Start(Prompt(32), new()));
        Assert.Throws<UnknownTokenException>(() => engine.Start([64], new()));
        Assert.Throws<UnknownTokenException>(() => engine.Start([-1], new()));
        Assert.Throws<ArgumentException>(() => engine.Start([], new()));
        await using var one = engine.Start([1], new());
        await using var two = engine.Start([1], new());
        Assert.Throws<EngineOverloadedException>(() => engine.Start([1], new()));
        Assert.Throws<PromptTooLongException>(() => one.Append(Prompt(31)));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Rewind(2));
        await Assert.ThrowsAsync<PromptTooLongException>(async () => await one.ScoreAsync(Prompt(32)));
        Assert.Single(await one.ReadAsync(1));
    }

    [Fact]
    public async Task Forward_Fails_FailsTheStepsSequencesAndTheEngineGoesOn()
    {
        var decoder = ScriptedDecoder.Hashing();
        bool broken = false;
        decoder.OnForward = _ =>
        {
            if (Volatile.Read(ref broken))
                throw new InvalidOperationException("the device caught fire");
        };
        await using var engine = new LlmEngine(decoder, Checked);
        await using (var good = engine.Start(Prompt(20), With(Sampling)))
            await good.ReadAsync(3);
        Volatile.Write(ref broken, true);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(engine.IsHealthy);
            await using var bad = engine.Start(Prompt(20), With(Sampling));
            var error = await Assert.ThrowsAsync<DecoderFailedException>(() => bad.ReadAsync(3));
            Assert.Contains("caught fire", error.Message, StringComparison.Ordinal);
        }
        Assert.True(SpinWait.SpinUntil(() => !engine.IsHealthy, 5000));
        Assert.Contains("caught fire", engine.UnhealthyReason, StringComparison.Ordinal);
        Volatile.Write(ref broken, false);
        await using var after = engine.Start(Prompt(20), With(Sampling));
        Assert.Equal(Isolated.Decode(Prompt(20), 20, Sampling, RandomStream.Root(7), 5), await after.ReadAsync(5));
        Assert.True(engine.IsHealthy);
        Assert.Equal(0, after.Usage.Cached);
    }

    [Fact]
    public async Task Sampling_FailsForOneRow_TheOthersGoOn()
    {
        var decoder = new ScriptedDecoder(new DecoderLimits(64, 4, 128, 16, false), (prefix, logits) =>
        {
            ScriptedDecoder.HashScript(prefix, logits);
            if (prefix[0] == 63 && prefix.Length > 12)
                logits.Fill(float.NaN);
            return float.NaN;
        });
        await using var engine = new LlmEngine(decoder, Checked);
        await using var good = engine.Start(Prompt(10), With(Sampling));
        await using var bad = engine.Start([63, 1, 2, 3], With(Sampling));
        var reading = good.ReadAsync(40);
        await Assert.ThrowsAsync<DecoderFailedException>(() => bad.ReadAsync(40));
        Assert.Equal(40, (await reading).Count);
    }

    [Fact]
    public async Task DisposeAsync_WithLiveSequences_EndsThemByName()
    {
        var engine = new LlmEngine(ScriptedDecoder.Hashing(capacity: 100_000), Checked with { CheckInvariants = false });
        await using var handle = engine.Start(Prompt(10), With(Sampling));
        var reading = handle.ReadAsync(90_000);
        SpinWait.SpinUntil(() => engine.Statistics.SampledTokens > 3);
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<EngineStoppedException>(() => reading);
        await using var late = engine.Start(Prompt(10), With(Sampling));
        await Assert.ThrowsAsync<EngineStoppedException>(() => late.ReadAsync(3));
    }
}
