using System.Runtime.InteropServices;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Rewards;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>What a sequence must say, worked out alone: no batch, no slots, no engine.</summary>
internal static class Isolated
{
    /// <param name="head">The value head, if the decoder has one that takes features.</param>
    /// <param name="known">What is known of the prompt's tokens; nothing unless given.</param>
    public static List<SampledToken> Decode(
        int[] prompt, int promptLength, SamplingOptions sampling, ulong stream, int count, int vocabulary = 64, FeatureValueHead? head = null, IReadOnlyList<TokenStatistics>? known = null)
    {
        var sampler = new TokenSampler(vocabulary);
        var tokens = new List<int>(prompt);
        var statistics = new List<TokenStatistics>(known ?? [.. prompt.Select(_ => TokenStatistics.Unknown)]);
        var result = new List<SampledToken>();
        var logits = new float[vocabulary];
        for (int i = 0; i < count; i++)
        {
            float value = ScriptedDecoder.HashScript(CollectionsMarshal.AsSpan(tokens), logits);
            if (head is not null)
                value = Value(head, value, tokens, statistics);
            var token = sampler.Sample(logits, sampling, CollectionsMarshal.AsSpan(tokens), promptLength, stream, tokens.Count, value);
            tokens.Add(token.Id);
            statistics.Add(new(token.LogProb, token.Entropy));
            result.Add(token);
        }
        return result;
    }

    /// <summary>A value head for tests: four wide, on features, a step ends with token 3.</summary>
    public static FeatureValueHead NewHead()
    {
        var config = new ModelConfig { VocabSize = 16, HiddenSize = 16, IntermediateSize = 16, Layers = 1, Heads = 1, ContextLength = 64, ValueHeadSize = 4, ValueFeatures = new(3) };
        return FeatureValueHead.Of(config, new NoisyWeights(2))!;
    }

    // From the first token on, every time: what the engine keeps as a running state.
    private static float Value(FeatureValueHead head, float scripted, List<int> tokens, List<TokenStatistics> statistics)
    {
        var features = new RewardFeatures();
        for (int t = 0; t < tokens.Count; t++)
            features.Add(tokens[t], statistics[t], head.StepToken);
        float[] hidden = new float[head.Width], x = new float[RewardFeatures.Count];
        ScriptedDecoder.Hidden(scripted, hidden);
        features.Write(x);
        return head.Value(hidden, x);
    }

    public static int[] Ids(this IEnumerable<SampledToken> tokens) => [.. tokens.Select(t => t.Id)];

    public static async Task<List<SampledToken>> ReadAsync(this SequenceHandle handle, int maxTokens, IReadOnlyCollection<int>? pauseAt = null, CancellationToken cancellationToken = default)
    {
        var tokens = new List<SampledToken>();
        await foreach (var token in handle.DecodeAsync(maxTokens, pauseAt, cancellationToken))
            tokens.Add(token);
        return tokens;
    }
}
