using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

public sealed class CompletionsTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Path = "/v1/completions";
    private const string Ask = """ "max_tokens":10, "seed":5, "ignore_eos":true """;

    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Post_String_HasOpenAIsShape()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{"prompt":"Emma starts with", {{Ask}} }""");
        Assert.Equal("text_completion", (string?)body["object"]);
        JsonNode choice = Assert.Single(body["choices"]!.AsArray())!;
        Assert.Equal((0, "length"), ((int)choice["index"]!, (string?)choice["finish_reason"]));
        Assert.True(choice.AsObject().ContainsKey("logprobs"));
        Assert.Equal(10, (int)body["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Post_TokenIds_GiveWhatTheirTextGives()
    {
        int[] tokens = _server.Model.Tokenizer.Encode("Emma starts with");
        JsonNode byText = await _server.PostJsonAsync(Path, $$"""{"prompt":"Emma starts with", {{Ask}} }""");
        JsonNode byIds = await _server.PostJsonAsync(Path, $$"""{"prompt":[{{string.Join(',', tokens)}}], {{Ask}} }""");
        Assert.Equal(Text(byText, 0), Text(byIds, 0));
    }

    [Fact]
    public async Task Post_SeveralPrompts_KeepTheirChoicesTogether()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{"prompt":["Emma","bags"], "n":2, "echo":true, {{Ask}} }""");
        Assert.Equal([0, 1, 2, 3], body["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(["Emma", "Emma", "bags", "bags"], Enumerable.Range(0, 4).Select(i => Text(body, i)[..4]));
        Assert.Equal(_server.Model.Tokenizer.Encode("Emma").Length + _server.Model.Tokenizer.Encode("bags").Length, (int)body["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task Post_LogprobsWithEcho_CoverPromptAndCompletion()
    {
        const string prompt = "Emma has 3 bags, 你好 😀";
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{"prompt":"{{prompt}}", "echo":true, "logprobs":2, {{Ask}} }""");
        JsonNode logprobs = body["choices"]![0]!["logprobs"]!;
        int count = _server.Model.Tokenizer.Encode(prompt).Length + 10;
        foreach (string list in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
            Assert.Equal(count, logprobs[list]!.AsArray().Count);
        Assert.Null(logprobs["token_logprobs"]![0]);
        Assert.Null(logprobs["top_logprobs"]![0]);
        Assert.All(logprobs["token_logprobs"]!.AsArray().Skip(1), value => Assert.InRange((double)value!, -9999, 0));
        int[] offsets = [.. logprobs["text_offset"]!.AsArray().Select(offset => (int)offset!)];
        Assert.Equal(offsets.Order(), offsets);
        Assert.Equal(0, offsets[0]);
        string[] tokens = [.. logprobs["tokens"]!.AsArray().Select(token => (string)token!)];
        string[] characters = [.. Text(body, 0).EnumerateRunes().Select(rune => rune.ToString())];
        for (int i = 0; i < tokens.Length; i++)
            if (!tokens[i].StartsWith("bytes:", StringComparison.Ordinal) && tokens[i].All(char.IsAsciiLetterOrDigit) && tokens[i].Length > 0)
                Assert.Equal(tokens[i], string.Concat(characters[offsets[i]..(offsets[i] + tokens[i].Length)]));
    }

    [Fact]
    public async Task Post_EchoWithoutTokens_OnlyScoresThePrompt()
    {
        JsonNode body = await _server.PostJsonAsync(Path, """{"prompt":"Emma has 3 bags", "max_tokens":0, "echo":true, "logprobs":0}""");
        Assert.Equal("Emma has 3 bags", Text(body, 0));
        Assert.Equal(_server.Model.Tokenizer.Encode("Emma has 3 bags").Length, body["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Count);
        Assert.Equal(0, (int)body["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Post_EchoedScores_EqualThoseOfTheScoreEndpoint()
    {
        JsonNode echo = await _server.PostJsonAsync(Path, """{"prompt":"Emma has 3 bags", "max_tokens":0, "echo":true, "logprobs":0}""");
        int[] tokens = _server.Model.Tokenizer.Encode("Emma has 3 bags");
        JsonNode score = await _server.PostJsonAsync("/api/score", $$"""{"prompt":[{{tokens[0]}}], "continuation":[{{string.Join(',', tokens[1..])}}]}""");
        Assert.Equal(
            score["continuations"]![0]!["tokens"]!.AsArray().Select(token => (float)token!["logprob"]!),
            echo["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Skip(1).Select(value => (float)value!));
    }

    [Theory]
    [InlineData("""{"prompt":"Emma", "n":2, "logprobs":1, ASK STREAM}""")]
    [InlineData("""{"prompt":["Emma","bags"], "echo":true, "logprobs":1, ASK STREAM}""")]
    [InlineData("""{"prompt":"Emma", "strategies":[{"name":"best_of_n","n":3,"select":"likelihood"}], "logprobs":1, ASK STREAM}""")]
    [InlineData("""{"prompt":"Emma", "echo":true, "max_tokens":0, "seed":5 STREAM}""")]
    public async Task Post_Stream_AddsUpToTheAnswer(string request)
    {
        request = request.Replace("ASK", Ask, StringComparison.Ordinal);
        JsonNode whole = await _server.PostJsonAsync(Path, request.Replace("STREAM", "", StringComparison.Ordinal));
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Path, request.Replace("STREAM", ", \"stream\":true", StringComparison.Ordinal));
        Assert.Equal("[DONE]", events[^1].Data);
        JsonNode[] chunks = [.. events.SkipLast(1).Select(e => JsonNode.Parse(e.Data)!["choices"]![0]!)];
        foreach (JsonNode? choice in whole["choices"]!.AsArray())
        {
            JsonNode[] own = [.. chunks.Where(chunk => (int)chunk["index"]! == (int)choice!["index"]!)];
            Assert.Equal((string?)choice!["text"], string.Concat(own.Select(chunk => (string?)chunk["text"])));
            Assert.Equal((string?)choice["finish_reason"], (string?)own[^1]["finish_reason"]);
            foreach (string list in choice["logprobs"] is null ? [] : (string[])["tokens", "token_logprobs", "text_offset"])
                Assert.Equal(
                    choice["logprobs"]![list]!.AsArray().Select(item => item?.ToJsonString()),
                    own.Where(chunk => chunk["logprobs"] is not null).SelectMany(chunk => chunk["logprobs"]![list]!.AsArray()).Select(item => item?.ToJsonString()));
        }
    }

    private static string Text(JsonNode body, int choice) => (string)body["choices"]![choice]!["text"]!;
}
