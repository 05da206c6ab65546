using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>
/// Owners that fork, append, rewind, score, leave early and abort at random, on few slots, under checked invariants. Whatever happens to the others, each
/// sequence must say what it says alone. <c>ITC_FUZZ_STEPS</c> sets the length: six million steps took two and a half minutes on two cores.
/// </summary>
public sealed class EngineFuzzTests
{
    private static readonly long Steps = long.TryParse(Environment.GetEnvironmentVariable("ITC_FUZZ_STEPS"), out long steps) ? steps : 20_000;

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 7)]
    [InlineData(3, 16)]
    public async Task RandomOwners_OnFewSlots_NeverSeeEachOther(int seed, int slots)
    {
        var decoder = ScriptedDecoder.Hashing(vocabulary: 16, slots: slots, capacity: 48, chunk: 8);
        await using var engine = new LlmEngine(decoder, new LlmEngineOptions { CheckInvariants = true, PrefillTokensPerStep = 12, IdleStepsBeforeMove = 2 });
        await Task.WhenAll(Enumerable.Range(0, 2 * slots).Select(i => Task.Run(() => LiveAsync(engine, decoder, new Random(seed * 1000 + i), Steps / 3))));
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics is { Live: 0, UsedSlots: 0 }, 5000), "sequences were left behind");
        Assert.Equal(0, engine.Statistics.FailedSteps);
    }

    private static async Task LiveAsync(LlmEngine engine, ScriptedDecoder decoder, Random random, long steps)
    {
        while (decoder.Steps < steps)
        {
            ulong seed = (ulong)random.Next(4);
            // Few distinct prompts, so that prefixes are often shared.
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 30)).Select(i => (i * (1 + (int)seed % 2)) % 16)];
            var sampling = new SamplingOptions { Temperature = random.Next(3) * 0.6f, TopP = 0.9f, Seed = seed };
            await using var handle = engine.Start(prompt, new SequenceOptions { Sampling = sampling, Priority = random.Next(10) == 0 ? 1 : 0 });
            await ActAsync(handle, [.. prompt], prompt.Length, sampling, RandomStream.Root(seed), random, depth: 0);
        }
    }

    private static async Task ActAsync(SequenceHandle handle, List<int> text, int promptLength, SamplingOptions sampling, ulong stream, Random random, int depth)
    {
        int forks = 0;
        for (int act = random.Next(1, 8); act > 0; act--)
        {
            switch (random.Next(7))
            {
                case 0 or 1 or 2 when text.Count < 48:
                    int count = random.Next(1, 12), leaveAfter = random.Next(3) == 0 ? random.Next(1, count + 1) : int.MaxValue;
                    var expected = Isolated.Decode([.. text], promptLength, sampling, stream, Math.Min(Math.Min(count, leaveAfter), 48 - text.Count), 16);
                    var read = new List<SampledToken>();
                    await foreach (var token in handle.DecodeAsync(count))
                    {
                        read.Add(token);
                        if (read.Count == leaveAfter)
                            break;
                    }
                    Assert.Equal(expected, read);
                    text.AddRange(read.Ids());
                    break;
                case 3 when depth < 2:
                    await using (var fork = handle.Fork())
                        await ActAsync(fork, [.. text], text.Count, sampling, RandomStream.Fork(stream, forks++), random, depth + 1);
                    break;
                case 4 when text.Count < 40:
                    int[] forced = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(16))];
                    handle.Append(forced);
                    text.AddRange(forced);
                    break;
                case 5:
                    int length = random.Next(1, text.Count + 1);
                    handle.Rewind(length);
                    text.RemoveRange(length, text.Count - length);
                    break;
                case 6 when text.Count < 40:
                    int[] continuation = [.. Isolated.Decode([.. text], promptLength, sampling, stream, 5, 16).Ids()];
                    var scores = await handle.ScoreAsync(continuation);
                    Assert.Equal(Isolated.Decode([.. text], promptLength, sampling, stream, 5, 16).Select(t => t.LogProb), scores.LogProbs);
                    break;
            }
            Assert.Equal(text.Count, handle.Length);
            // Rewinding into the prompt makes what is left of it the prompt, as penalties see it; they are off here.
        }
        if (random.Next(4) == 0)
            handle.Abort("at random");
    }
}
