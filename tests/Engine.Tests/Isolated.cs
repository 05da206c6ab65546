using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;
using InferenceServer.Shared;

namespace InferenceServer.Engine.Tests;

/// <summary>What a sequence must say, worked out alone: no batch, no slots, no engine.</summary>
internal static class Isolated
{
    public static List<SampledToken> Decode(int[] prompt, int promptLength, SamplingOptions sampling, ulong stream, int count, int vocabulary = 64)
    {
        var sampler = new TokenSampler(vocabulary);
        var tokens = new List<int>(prompt);
        var result = new List<SampledToken>();
        var logits = new float[vocabulary];
        for (int i = 0; i < count; i++)
        {
            float value = ScriptedDecoder.HashScript(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), logits);
            var token = sampler.Sample(logits, sampling, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), promptLength, stream, tokens.Count, value);
            tokens.Add(token.Id);
            result.Add(token);
        }
        return result;
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
