using InferenceServer.Server.Responses;
using InferenceServer.Server.Traces;

namespace InferenceServer.Server.Tests.Traces;

public sealed class TraceCodecTests
{
    [Fact]
    public void Decode_WhatWasEncoded_HasEveryBitOfTheScores()
    {
        var random = new Random(1);
        float[] Column(int count) => [.. Enumerable.Range(0, count).Select(_ => -random.NextSingle() * 8)];
        StoredTrace trace = Trace(
            new(new int[7].Select(_ => random.Next(1 << 20)).ToArray(), [float.NaN, .. Column(6)], [float.NaN, .. Column(6)], [float.NaN, 0, 1, .. Column(4)], [1, 2, 2, 3.5f, 10, 1000, 12345.67f]),
            TokenColumns.Empty,
            new([], Column(2), Column(2), Column(2), [5, 6]));
        StoredTrace read = TraceCodec.Decode(TraceCodec.Encode(trace));
        foreach ((StoredCandidate before, StoredCandidate after) in trace.Candidates.Zip(read.Candidates))
        {
            Assert.Equal(before.Tokens.Ids, after.Tokens.Ids);
            Assert.Equal(Bits(before.Tokens.LogProbs), Bits(after.Tokens.LogProbs));
            Assert.Equal(Bits(before.Tokens.Entropies), Bits(after.Tokens.Entropies));
            Assert.Equal(Bits(before.Tokens.Values), Bits(after.Tokens.Values));
            Assert.Equal(before.Tokens.Milliseconds.Select(time => Math.Round(time, 2)), after.Tokens.Milliseconds.Select(time => Math.Round(time, 2)));
        }
        Assert.Equal(ulong.MaxValue, read.Candidates[0].Stream);
        Assert.Equal(trace.Summary.Id, read.Summary.Id);

        static int[] Bits(float[] column) => [.. column.Select(BitConverter.SingleToInt32Bits)];
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base 64!")]
    [InlineData("AAAA")]
    public void Decode_Damaged_IsAFormatException(string text) => Assert.Throws<FormatException>(() => TraceCodec.Decode(text));

    [Fact]
    public void Decode_CutShort_IsAFormatException()
    {
        string text = TraceCodec.Encode(Trace(new TokenColumns([1], [0], [0], [0], [0])));
        Assert.Throws<FormatException>(() => TraceCodec.Decode(text.AsSpan(0, text.Length / 8 * 4)));
    }

    private static StoredTrace Trace(params TokenColumns[] columns)
    {
        var plan = System.Text.Json.JsonSerializer.SerializeToElement(Array.Empty<string>());
        return new()
        {
            Summary = new() { Id = "gen-1", Created = 1, Endpoint = "/", Model = "m", Strategies = [], FinishReason = "stop", PromptTokens = 1, CompletionTokens = 1, ElapsedMs = 1, Candidates = columns.Length, Rejected = 0 },
            Request = new() { Redacted = false, Sampling = new(1, 1, 0, 0, 0, 0, 1, null), MaxTokens = 10, N = 1 },
            Plan = plan,
            Seed = 1,
            Fingerprint = "fp",
            Tokenizer = "t",
            Prompts = [[1, 2]],
            Candidates = [.. columns.Select((tokens, index) => new StoredCandidate { Run = 0, Body = new(0, index, "text", "stop", true, null, 3, null, null), Stream = ulong.MaxValue, Tokens = tokens })],
            Events = [],
            Bill = new(new(1, 0, 1, 0, 0, 0), 1, 1, null) { ScorerFlops = 0, Candidates = [] },
            Usage = new(1, 1, 2, new(0)),
        };
    }
}
