using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

public sealed class ChatCompletionsTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Path = "/v1/chat/completions";
    private const string Ask = """ "messages":[{"role":"user","content":"How many stamps?"}], "max_tokens":12, "seed":5, "ignore_eos":true """;

    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Post_PlainRequest_HasOpenAIsShape()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "model":"tiny"}""");
        Assert.Equal(("chat.completion", "tiny"), ((string?)body["object"], (string?)body["model"]));
        Assert.StartsWith("chatcmpl-", (string?)body["id"], StringComparison.Ordinal);
        JsonNode choice = Assert.Single(body["choices"]!.AsArray())!;
        Assert.Equal(("assistant", "length"), ((string?)choice["message"]!["role"], (string?)choice["finish_reason"]));
        Assert.Equal(12, (int)body["usage"]!["completion_tokens"]!);
        Assert.Equal((int)body["usage"]!["prompt_tokens"]! + 12, (int)body["usage"]!["total_tokens"]!);
        Assert.Equal(5, (long)body["seed"]!);
        Assert.Empty(body["strategies"]!.AsArray());
    }

    [Fact]
    public async Task Post_SameSeed_SameText()
    {
        JsonNode first = await _server.PostJsonAsync(Path, $$"""{{{Ask}}}"""), second = await _server.PostJsonAsync(Path, $$"""{{{Ask}}}""");
        Assert.Equal(Text(first), Text(second));
    }

    [Fact]
    public async Task Post_NoSeed_EchoesOneThatRepeatsTheText()
    {
        string ask = Ask.Replace("\"seed\":5,", "", StringComparison.Ordinal);
        JsonNode first = await _server.PostJsonAsync(Path, $$"""{{{ask}}}""");
        JsonNode again = await _server.PostJsonAsync(Path, $$"""{{{ask}}, "seed":{{(long)first["seed"]!}}}""");
        Assert.Equal(Text(first), Text(again));
    }

    [Fact]
    public async Task Post_SeveralChoices_ComeInOrderAndDiffer()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "n":3}""");
        JsonArray choices = body["choices"]!.AsArray();
        Assert.Equal([0, 1, 2], choices.Select(choice => (int)choice!["index"]!));
        Assert.Equal(3, choices.Select(choice => (string)choice!["message"]!["content"]!).Distinct().Count());
        Assert.Equal(36, (int)body["usage"]!["completion_tokens"]!);
        Assert.Equal(Text(await _server.PostJsonAsync(Path, $$"""{{{Ask}}}""")), Text(body));
    }

    [Fact]
    public async Task Post_Logprobs_CoverTheWholeText()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "logprobs":true, "top_logprobs":3}""");
        JsonArray tokens = body["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(12, tokens.Count);
        byte[] bytes = [.. tokens.SelectMany(token => token!["bytes"]!.AsArray().Select(b => (byte)(int)b!))];
        Assert.Equal(Text(body), System.Text.Encoding.UTF8.GetString(bytes));
        Assert.All(tokens, token =>
        {
            Assert.InRange((double)token!["logprob"]!, -9999, 0);
            Assert.Equal(3, token["top_logprobs"]!.AsArray().Count);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Post_Stream_AddsUpToTheAnswer(int n)
    {
        JsonNode whole = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "n":{{n}}, "logprobs":true}""");
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Path, $$"""{{{Ask}}, "n":{{n}}, "logprobs":true, "stream":true, "stream_options":{"include_usage":true} }""");

        Assert.Equal("[DONE]", events[^1].Data);
        JsonNode[] chunks = [.. events.SkipLast(1).Select(e => JsonNode.Parse(e.Data)!)];
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", (string?)chunk["object"]));
        Assert.Single(chunks.Select(chunk => (string?)chunk["id"]).Distinct());
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal((int)whole["usage"]!["completion_tokens"]!, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        for (int choice = 0; choice < n; choice++)
        {
            JsonNode[] own = [.. chunks.SkipLast(1).Select(chunk => chunk["choices"]![0]!).Where(c => (int)c["index"]! == choice)];
            Assert.Equal("assistant", (string?)own[0]["delta"]!["role"]);
            Assert.Equal((string?)whole["choices"]![choice]!["message"]!["content"], string.Concat(own.Select(c => (string?)c["delta"]!["content"])));
            Assert.Equal("length", (string?)own[^1]["finish_reason"]);
            Assert.All(own.SkipLast(1), c => Assert.Null(c["finish_reason"]));
            Assert.Equal(12, own.Sum(c => c["logprobs"]?["content"]!.AsArray().Count ?? 0));
        }
    }

    [Fact]
    public async Task Post_StreamOfManyCandidates_SendsTheAnswerOnly()
    {
        string plan = """ "strategies":[{"name":"best_of_n","n":4,"select":"likelihood"}] """;
        JsonNode whole = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, {{plan}}}""");
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Path, $$"""{{{Ask}}, {{plan}}, "stream":true}""");
        JsonNode[] chunks = [.. events.SkipLast(1).Select(e => JsonNode.Parse(e.Data)!)];
        Assert.Equal(3, chunks.Length);
        Assert.Equal(Text(whole), (string?)chunks[1]["choices"]![0]!["delta"]!["content"]);
        Assert.Equal(48, (int)whole["usage"]!["completion_tokens"]!);
        Assert.All(events, e => Assert.Null(e.Name));
    }

    [Fact]
    public async Task Post_StreamWithEvents_TellsWhatCandidatesDo()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Path,
            $$"""{{{Ask}}, "strategies":[{"name":"best_of_n","n":4,"select":"likelihood"}], "stream":true, "stream_options":{"include_events":true} }""");
        Assert.Equal(4, events.Count(e => e.Name == "candidate_started"));
        Assert.Equal(4, events.Count(e => e.Name == "finished"));
        Assert.Contains(events, e => e.Name == "answer");
    }

    [Fact]
    public async Task Post_Plan_IsEchoedWithItsDefaults()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "strategy":{"name":"best_of_n","n":2} }""");
        JsonNode strategy = Assert.Single(body["strategies"]!.AsArray())!;
        Assert.Equal(("best_of_n", 2), ((string?)strategy["name"], (int)strategy["n"]!));
        Assert.NotNull(strategy["select"]);
    }

    [Fact]
    public async Task Post_Include_AddsBillCandidatesAndTrace()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "strategies":[{"name":"best_of_n","n":3,"select":"likelihood"}], "include":["bill","candidates","trace"]}""");
        Assert.Equal((12, 24), ((int)body["bill"]!["tokens"]!["answer"]!, (int)body["bill"]!["tokens"]!["discarded"]!));
        Assert.True((double)body["bill"]!["estimated_flops"]! > 0);
        JsonNode selected = Assert.Single(body["candidates"]!.AsArray(), candidate => (bool)candidate!["selected"]!)!;
        Assert.Equal(Text(body), (string?)selected["text"]);
        Assert.Equal(36, body["trace"]!.AsArray().Count(e => (string?)e!["type"] == "text" && e["token"] is not null));
    }

    [Fact]
    public async Task Post_StopString_EndsBeforeIt()
    {
        JsonNode whole = await _server.PostJsonAsync(Path, $$"""{{{Ask}}}""");
        string text = Text(whole);
        // A text of a random model may hold anything; its fourth character as a stop string ends the answer before that.
        string stop = text.Substring(3, 1);
        JsonNode cut = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "stop":{{System.Text.Json.JsonSerializer.Serialize(stop)}}, "logprobs":true}""");
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], Text(cut));
        Assert.Equal("stop", (string?)cut["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task Post_LogitBias_ForcesAToken()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask}}, "temperature":0, "logit_bias":{"100":100}, "logprobs":true}""");
        Assert.Single(body["choices"]![0]!["logprobs"]!["content"]!.AsArray().Select(token => (string?)token!["token"]).Distinct());
    }

    [Fact]
    public async Task Post_TokenBudget_EndsWithTheBestSoFar()
    {
        JsonNode body = await _server.PostJsonAsync(Path, $$"""{{{Ask.Replace("\"max_tokens\":12", "\"max_tokens\":200", StringComparison.Ordinal)}}, "budget":{"max_total_tokens":60}, "include":["bill"]}""");
        Assert.Equal(("length", "max_total_tokens"), ((string?)body["choices"]![0]!["finish_reason"], (string?)body["bill"]!["budget_exhausted"]));
        Assert.InRange((int)body["usage"]!["total_tokens"]!, 50, 62);
    }

    private static string Text(JsonNode body) => (string)body["choices"]![0]!["message"]!["content"]!;
}
