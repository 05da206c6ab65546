using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Rewards;
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
    [InlineData(1, 3, false)]
    [InlineData(2, 7, true)]
    [InlineData(3, 16, false)]
    [InlineData(4, 4, true)]
    public async Task RandomOwners_OnFewSlots_NeverSeeEachOther(int seed, int slots, bool features)
    {
        var decoder = ScriptedDecoder.Hashing(vocabulary: 16, slots: slots, capacity: 48, chunk: 8, features ? Isolated.NewHead() : null);
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
            await using var handle = engine.Start(prompt, new SequenceOptions { Sampling = sampling, Priority = random.Next(10) switch { 0 => 1, 1 or 2 => -1, _ => 0 } });
            await ActAsync(handle, new(prompt, decoder.ValueHead is null ? null : Isolated.NewHead()), prompt.Length, sampling, RandomStream.Root(seed), random, depth: 0);
        }
    }

    /// <summary>What an owner knows of its sequence.</summary>
    private sealed class Text(IReadOnlyList<int> prompt, FeatureValueHead? head)
    {
        private readonly List<int> _tokens = [.. prompt];
        private readonly List<TokenStatistics> _statistics = [.. prompt.Select(_ => TokenStatistics.Unknown)];

        public int Count => _tokens.Count;

        public Text Fork()
        {
            var fork = new Text(_tokens, head);
            for (int i = 0; i < Count; i++)
                fork._statistics[i] = _statistics[i];
            return fork;
        }

        public List<SampledToken> Decode(int promptLength, SamplingOptions sampling, ulong stream, int count) =>
            Isolated.Decode([.. _tokens], promptLength, sampling, stream, count, 16, head, _statistics);

        public void Add(IEnumerable<SampledToken> tokens)
        {
            foreach (var token in tokens)
            {
                _tokens.Add(token.Id);
                _statistics.Add(new(token.LogProb, token.Entropy));
            }
        }

        public void Add(IEnumerable<int> forced)
        {
            _tokens.AddRange(forced);
            while (_statistics.Count < _tokens.Count)
                _statistics.Add(TokenStatistics.Unknown);
        }

        public void Truncate(int length)
        {
            _tokens.RemoveRange(length, Count - length);
            _statistics.RemoveRange(length, _statistics.Count - length);
        }
    }

    private static async Task ActAsync(SequenceHandle handle, Text text, int promptLength, SamplingOptions sampling, ulong stream, Random random, int depth)
    {
        int forks = 0;
        for (int act = random.Next(1, 8); act > 0; act--)
        {
            switch (random.Next(7))
            {
                case 0 or 1 or 2 when text.Count < 48:
                    int count = random.Next(1, 12), leaveAfter = random.Next(3) == 0 ? random.Next(1, count + 1) : int.MaxValue;
                    var expected = text.Decode(promptLength, sampling, stream, Math.Min(Math.Min(count, leaveAfter), 48 - text.Count));
                    var read = new List<SampledToken>();
                    await foreach (var token in handle.DecodeAsync(count))
                    {
                        read.Add(token);
                        if (read.Count == leaveAfter)
                            break;
                    }
                    Assert.Equal(expected, read);
                    text.Add(read);
                    break;
                case 3 when depth < 2:
                    await using (var fork = handle.Fork())
                        await ActAsync(fork, text.Fork(), text.Count, sampling, RandomStream.Fork(stream, forks++), random, depth + 1);
                    break;
                case 4 when text.Count < 40:
                    int[] forced = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(16))];
                    handle.Append(forced);
                    text.Add(forced);
                    break;
                case 5:
                    int length = random.Next(1, text.Count + 1);
                    handle.Rewind(length);
                    text.Truncate(length);
                    break;
                case 6 when text.Count < 40:
                    var continuation = text.Decode(promptLength, sampling, stream, 5);
                    var scores = await handle.ScoreAsync(continuation.Ids());
                    Assert.Equal(continuation.Select(t => t.LogProb), scores.LogProbs);
                    Assert.Equal(continuation.Select(t => t.Value), scores.Values);
                    break;
            }
            Assert.Equal(text.Count, handle.Length);
            // Rewinding into the prompt makes what is left of it the prompt, as penalties see it; they are off here.
        }
        if (random.Next(4) == 0)
            handle.Abort("at random");
    }
}
