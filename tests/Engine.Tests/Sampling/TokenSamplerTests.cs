using System.Collections.Frozen;
using InferenceServer.Engine.Sampling;
using InferenceServer.Kernels;

namespace InferenceServer.Engine.Tests.Sampling;

public class TokenSamplerTests
{
    private static readonly int[] NoHistory = [];

    public static TheoryData<SamplingOptions> AllOptions =>
    [
        new SamplingOptions(),
        new SamplingOptions { Temperature = 0.8f, TopP = 0.95f },
        new SamplingOptions { Temperature = 0.8f, TopK = 40 },
        new SamplingOptions { Temperature = 1.3f, TopK = 40, TopP = 0.9f },
        new SamplingOptions { Temperature = 0.7f, TopK = 500, TopP = 0.5f, MinP = 0.02f },
        new SamplingOptions { MinP = 0.1f },
        new SamplingOptions { TopP = 1e-6f },
        new SamplingOptions { RepetitionPenalty = 1.3f, TopP = 0.9f },
        new SamplingOptions { FrequencyPenalty = 0.7f, PresencePenalty = -0.4f, TopK = 100 },
        new SamplingOptions { LogitBias = new Dictionary<int, float> { [3] = 5f, [7] = -100f, [0] = 2f }, RepetitionPenalty = 0.8f, Temperature = 0.6f, TopP = 0.8f },
    ];

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Sample_AnyOptions_DrawsWhatTheNaiveSamplerDraws(SamplingOptions options)
    {
        foreach (int vocabulary in new[] { 11, 257, 2048 })
        {
            var sampler = new TokenSampler(vocabulary);
            for (int row = 0; row < 40; row++)
            {
                var logits = Row(vocabulary, row, deviation: row % 2 == 0 ? 0.4f : 3f);
                if (row % 5 == 0)
                    logits = [.. logits.Select(x => MathF.Round(2 * x) / 2)];                        // ties
                int[] history = [1, 3, 3, 5, 2, 1, 9, 9, 9];
                var (token, margin) = NaiveSampler.Draw(NaiveSampler.Distribution(logits, options, history, promptLength: 4), Philox.Uniform(99, row));
                var drawn = sampler.Sample(logits.ToArray(), options, history, 4, stream: 99, position: row, value: 0.5f);
                // The uniform number may lie within rounding of the border between two tokens; nowhere else may the two differ.
                if (margin > 1e-5)
                    Assert.Equal(token, drawn.Id);
                Assert.Equal(0.5f, drawn.Value);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Sample_AnyOptions_ReportsTheRawDistribution(SamplingOptions options)
    {
        var sampler = new TokenSampler(2048);
        var logits = Row(2048, 5);
        var raw = NaiveSampler.Distribution(logits, new SamplingOptions(), NoHistory, 0);
        var token = sampler.Sample(logits.ToArray(), options with { TopLogProbs = 3 }, [3, 7, 7], 1, stream: 1, position: 2, value: float.NaN);
        Assert.Equal(Math.Log(raw[token.Id]), token.LogProb, 1e-5);
        Assert.Equal(-raw.Sum(p => p * Math.Log(p)), token.Entropy, 1e-5);
        Assert.Equal(float.NaN, token.Value);
        var best = Enumerable.Range(0, 2048).OrderByDescending(i => raw[i]).Take(3).ToArray();
        Assert.Equal(best, token.Top!.Select(t => t.Id));
        Assert.All(token.Top!, t => Assert.Equal(Math.Log(raw[t.Id]), t.LogProb, 1e-5));
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Sample_ManyPositions_FollowTheDistribution(SamplingOptions options)
    {
        const int vocabulary = 40, draws = 20_000;
        var sampler = new TokenSampler(vocabulary);
        var logits = Row(vocabulary, 8, deviation: 1.5f);
        int[] history = [1, 3, 3, 5];
        var expected = NaiveSampler.Distribution(logits, options, history, 2);
        var counts = new int[vocabulary];
        var row = new float[vocabulary];
        for (int position = 0; position < draws; position++)
        {
            logits.CopyTo(row.AsSpan());
            counts[sampler.Sample(row, options, history, 2, stream: 12345, position, 0).Id]++;
        }
        // Pearson's chi-square over tokens expected at least five times, the rest together; the bound is its mean plus five deviations.
        double statistic = 0, restExpected = 0, restCount = 0;
        int cells = 0;
        for (int i = 0; i < vocabulary; i++)
        {
            if (expected[i] == 0)
                Assert.Equal(0, counts[i]);
            else if (expected[i] * draws < 5)
                (restExpected, restCount) = (restExpected + expected[i] * draws, restCount + counts[i]);
            else
                (statistic, cells) = (statistic + Math.Pow(counts[i] - expected[i] * draws, 2) / (expected[i] * draws), cells + 1);
        }
        if (restExpected > 0)
            (statistic, cells) = (statistic + Math.Pow(restCount - restExpected, 2) / restExpected, cells + 1);
        Assert.True(statistic <= cells - 1 + 5 * Math.Sqrt(2 * Math.Max(1, cells - 1)), $"chi-square {statistic} over {cells} cells");
    }

    [Fact]
    public void Sample_OptionsOff_ChangeNothing()
    {
        var sampler = new TokenSampler(1000);
        var off = new SamplingOptions { TopK = 1000, TopP = 1f, MinP = 0f, LogitBias = new Dictionary<int, float> { [5] = 0f } };
        for (int position = 0; position < 200; position++)
        {
            var logits = Row(1000, position);
            var plain = sampler.Sample(logits.ToArray(), new SamplingOptions(), NoHistory, 0, 4, position, 0);
            Assert.Equal(plain, sampler.Sample(logits.ToArray(), off, [1, 2, 3], 1, 4, position, 0));
            Assert.Equal(plain, sampler.Sample(logits.ToArray(), off with { TopK = 0 }, [1, 2, 3], 1, 4, position, 0));
        }
    }

    [Fact]
    public void Sample_SameStreamAndPosition_IsTheSameWhateverTheSamplerDidBefore()
    {
        var options = new SamplingOptions { Temperature = 0.8f, TopP = 0.95f };
        var (fresh, used) = (new TokenSampler(2048), new TokenSampler(2048));
        for (int position = 0; position < 50; position++)
        {
            used.Sample(Row(2048, 1000 + position), options with { TopK = 3, RepetitionPenalty = 2f }, [5, 6, 7], 0, 77, position, 0);
            Assert.Equal(
                fresh.Sample(Row(2048, position), options, NoHistory, 0, 3, position, 0),
                used.Sample(Row(2048, position), options, NoHistory, 0, 3, position, 0));
        }
    }

    [Fact]
    public void Sample_TemperatureZero_IsTheLowestOfTheBestAfterBiasAndPenalties()
    {
        var sampler = new TokenSampler(4);
        Assert.Equal(1, sampler.Sample([0f, 2f, 2f, 1f], SamplingOptions.Greedy, NoHistory, 0, 0, 0, 0).Id);
        Assert.Equal(3, sampler.Sample([0f, 2f, 2f, 1f], SamplingOptions.Greedy with { LogitBias = new Dictionary<int, float> { [3] = 2f } }, NoHistory, 0, 0, 0, 0).Id);
        var penalised = sampler.Sample([0f, 2f, 2f, 1f], SamplingOptions.Greedy with { PresencePenalty = 0.5f }, [1], 0, 0, 0, 0);
        Assert.Equal(2, penalised.Id);
    }

    [Fact]
    public void Sample_PenaltiesOnThePrompt_OnlyRepetitionCountsIt()
    {
        var sampler = new TokenSampler(2);
        float[] Row() => [1f, 0.9f];
        Assert.Equal(0, sampler.Sample(Row(), SamplingOptions.Greedy with { FrequencyPenalty = 1, PresencePenalty = 1 }, [0, 0], 2, 0, 0, 0).Id);
        Assert.Equal(1, sampler.Sample(Row(), SamplingOptions.Greedy with { FrequencyPenalty = 1 }, [0, 0], 1, 0, 0, 0).Id);
        Assert.Equal(1, sampler.Sample(Row(), SamplingOptions.Greedy with { RepetitionPenalty = 1.5f }, [0, 0], 2, 0, 0, 0).Id);
    }

    [Fact]
    public void Sample_NanLogits_AreNeverDrawn()
    {
        var sampler = new TokenSampler(64);
        for (int position = 0; position < 500; position++)
        {
            var logits = Row(64, position).Select((x, i) => i % 2 == 0 ? float.NaN : x).ToArray();
            var token = sampler.Sample(logits, new SamplingOptions { TopP = 0.99f, TopLogProbs = 5 }, NoHistory, 0, 1, position, 0);
            Assert.Equal(1, token.Id % 2);
            Assert.True(float.IsFinite(token.LogProb) && float.IsFinite(token.Entropy));
            Assert.All(token.Top!, t => Assert.Equal(1, t.Id % 2));
        }
    }

    [Theory]
    [InlineData(float.NaN), InlineData(float.NegativeInfinity)]
    public void Sample_NoPossibleToken_IsAClearError(float logit)
    {
        var sampler = new TokenSampler(3);
        var e = Assert.Throws<InvalidLogitsException>(() => sampler.Sample([logit, logit, logit], new SamplingOptions(), NoHistory, 0, 0, 0, 0));
        Assert.Contains("weights", e.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidLogitsException>(() => sampler.Score([logit, logit, logit], 0, 0, 0));
        Assert.Equal(1, sampler.Sample([0f, 1f, 0f], SamplingOptions.Greedy, NoHistory, 0, 0, 0, 0).Id);      // and it works on
    }

    [Fact]
    public void Sample_BiasThatForbidsEverything_IsAClearError()
    {
        var ban = new SamplingOptions { LogitBias = new Dictionary<int, float> { [0] = float.NegativeInfinity, [1] = float.NegativeInfinity } };
        Assert.Throws<InvalidLogitsException>(() => new TokenSampler(2).Sample([1f, 2f], ban, NoHistory, 0, 0, 0, 0));
    }

    [Fact]
    public void Sample_PositiveInfinity_TakesAllProbability()
    {
        var sampler = new TokenSampler(4);
        var seen = new HashSet<int>();
        for (int position = 0; position < 100; position++)
        {
            var token = sampler.Sample([5f, float.PositiveInfinity, float.NaN, float.PositiveInfinity], new SamplingOptions(), NoHistory, 0, 1, position, 0);
            seen.Add(token.Id);
            Assert.Equal(Math.Log(0.5), token.LogProb, 1e-6);
            Assert.Equal(Math.Log(2), token.Entropy, 1e-6);
        }
        Assert.Equal([1, 3], seen.Order());
        Assert.Equal(float.NegativeInfinity, sampler.Score([5f, float.PositiveInfinity, 0f, 0f], 0, 0, 0).LogProb);
    }

    [Fact]
    public void Sample_BiasOutsideTheVocabulary_IsRefused() =>
        Assert.Throws<UnknownTokenException>(() => new TokenSampler(2).Sample([1f, 2f], new SamplingOptions { LogitBias = new Dictionary<int, float> { [2] = 1f } }, NoHistory, 0, 0, 0, 0));

    [Fact]
    public void Sample_OneToken_IsDrawn()
    {
        var token = new TokenSampler(1).Sample([-3f], new SamplingOptions { TopK = 5, TopP = 0.5f, MinP = 0.5f, TopLogProbs = 20 }, [0, 0], 1, 1, 1, 0);
        Assert.Equal(0, token.Id);
        Assert.Equal(0f, token.LogProb);
        Assert.Equal(0f, token.Entropy);
        Assert.Equal([new TokenLogProb(0, 0f)], token.Top!);
    }

    [Fact]
    public void Sample_LargeFlatVocabulary_DrawsInsideTheNucleus()
    {
        const int vocabulary = 151_936;
        var sampler = new TokenSampler(vocabulary);
        for (int position = 0; position < 50; position++)
        {
            // All equal: top-p keeps the lowest ids, so the cut is known exactly.
            var token = sampler.Sample(new float[vocabulary], new SamplingOptions { TopP = 0.25f }, NoHistory, 0, 1, position, 0);
            Assert.InRange(token.Id, 0, vocabulary / 4);
            Assert.Equal(-Math.Log(vocabulary), token.LogProb, 1e-5);
        }
    }

    [Fact]
    public void Score_Token_EqualsWhatSampleReports()
    {
        var sampler = new TokenSampler(500);
        var logits = Row(500, 2);
        var sampled = sampler.Sample(logits.ToArray(), new SamplingOptions { TopLogProbs = 4 }, NoHistory, 0, 9, 1, 0.25f);
        var scored = sampler.Score(logits, sampled.Id, 4, 0.25f);
        Assert.Equal(sampled.Top, scored.Top);
        Assert.Equal(sampled with { Top = null }, scored with { Top = null });
        Assert.Throws<UnknownTokenException>(() => sampler.Score(logits, 500, 0, 0));
    }

    [Fact]
    public void Sample_SteadyState_AllocatesNothing()
    {
        const int vocabulary = 2048;
        var sampler = new TokenSampler(vocabulary);
        var (source, row) = (Row(vocabulary, 1), new float[vocabulary]);
        int[] history = [1, 2, 3, 3];
        SamplingOptions[] options =
        [
            SamplingOptions.Greedy,
            new SamplingOptions { Temperature = 0.8f, TopP = 0.95f },
            new SamplingOptions { TopK = 40, TopP = 0.9f, MinP = 0.01f, RepetitionPenalty = 1.2f, FrequencyPenalty = 0.5f, LogitBias = new Dictionary<int, float> { [4] = 1f } },
        ];
        void Draw(int position)
        {
            foreach (var option in options)
            {
                source.CopyTo(row.AsSpan());
                sampler.Sample(row, option, history, 2, 1, position, 0);
            }
            sampler.Score(source, 3, 0, 0);
        }
        Draw(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int position = 1; position < 1000; position++)
            Draw(position);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Sample_AnyDictionaryOfBiases_IsApplied()
    {
        var frozen = new Dictionary<int, float> { [1] = 10f }.ToFrozenDictionary();
        Assert.Equal(1, new TokenSampler(3).Sample([1f, 0f, 0f], SamplingOptions.Greedy with { LogitBias = frozen }, NoHistory, 0, 0, 0, 0).Id);
    }

    private static float[] Row(int vocabulary, int seed, float deviation = 2f)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, vocabulary).Select(_ => deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
