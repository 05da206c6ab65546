using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>What requests leave behind, over HTTP.</summary>
public sealed class TracesApiTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Generate = "/api/generate", Chat = "/v1/chat/completions", Traces = "/api/traces";
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Trace_OfAPlan_AgreesWithTheResponseTokenByToken()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """
            {"messages":[{"role":"user","content":"How many?"}],"strategies":[{"name":"best_of_n","n":3}],"max_tokens":6,"ignore_eos":true,"seed":7,"temperature":0.8,"stop":["zzz"],"logprobs":true,"include":["trace"]}
            """);
        JsonNode trace = await _server.TraceAsync(sent);
        Assert.Equal(((string?)sent["id"], "/api/generate", TestServer.ModelName, "length", 7L), ((string?)trace["id"], (string?)trace["endpoint"], (string?)trace["model"], (string?)trace["finish_reason"], (long)trace["seed"]!));
        Assert.Equal(("How many?", "user"), ((string?)trace["request"]!["messages"]![0]!["content"], (string?)trace["request"]!["messages"]![0]!["role"]));
        Assert.Equal((6, 1, 0.8, "zzz"), ((int)trace["request"]!["max_tokens"]!, (int)trace["request"]!["n"]!, Math.Round((double)trace["request"]!["sampling"]!["temperature"]!, 5), (string?)trace["request"]!["stop"]![0]));
        Assert.Equal(sent["strategies"]!.ToJsonString(), trace["plan"]!.ToJsonString());
        Assert.Equal(sent["bill"]!.ToJsonString(), trace["bill"]!.ToJsonString());
        Assert.Equal(sent["usage"]!.ToJsonString(), trace["usage"]!.ToJsonString());
        Assert.Equal(3, trace["candidates"]!.AsArray().Count);
        foreach ((JsonNode? told, JsonNode? kept) in sent["candidates"]!.AsArray().Zip(trace["candidates"]!.AsArray()))
        {
            Assert.Equal((string?)told!["text"], (string?)kept!["text"]);
            Assert.Equal((bool)told["selected"]!, (bool)kept["selected"]!);
            Assert.Equal(told["tokens"]!.AsArray().Select(TokenOf), kept["tokens"]!.AsArray().Select(TokenOf));
            Assert.Equal((string?)told["text"], string.Concat(kept["tokens"]!.AsArray().Select(token => (string?)token!["token"])));
            double[] times = [.. kept["tokens"]!.AsArray().Select(token => (double)token!["elapsed_ms"]!)];
            Assert.Equal(times.Order(), times);
            Assert.True(times[^1] > 0);
        }
        string[] events = [.. sent["trace"]!.AsArray().Where(happened => (string?)happened!["type"] != "text").Select(happened => happened!.ToJsonString())];
        Assert.Equal(events, trace["events"]!.AsArray().Select(happened => happened!.ToJsonString()));

        static (int, float, float, float?) TokenOf(JsonNode? token) => ((int)token!["id"]!, (float)token["logprob"]!, (float)token["entropy"]!, (float?)token["value"]);
    }

    [Fact]
    public async Task Trace_EarlyRejection_SaysWhenAndAfterHowManyTokens()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"Emma has","strategies":[{"name":"early_rejection","n":4,"keep":1,"tau":3,"scorer":"random"}],"max_tokens":8,"ignore_eos":true,"seed":1}""");
        JsonNode trace = await _server.TraceAsync(sent);
        JsonNode[] rejected = [.. trace["candidates"]!.AsArray().OfType<JsonNode>().Where(candidate => candidate["rejected_at_ms"] is not null)];
        Assert.Equal(3, rejected.Length);
        Assert.Equal(3, (int)trace["rejected"]!);
        Assert.All(rejected, candidate => Assert.Equal(4, (int)candidate["rejected_at_token"]!));
        Assert.All(rejected, candidate => Assert.Equal(4, candidate["tokens"]!.AsArray().Count));
        Assert.All(rejected, candidate => Assert.True((double)candidate["tokens"]![3]!["elapsed_ms"]! <= (double)candidate["rejected_at_ms"]! + 0.01));
        Assert.Equal("Emma has", (string?)trace["request"]!["prompt"]);
    }

    [Fact]
    public async Task Trace_RefinedCandidate_HoldsTheWordsOfTheStrategyAsTokensWithoutScores()
    {
        // Often enough a line ends, where the strategy may write.
        int newline = _server.Model.Tokenizer.Encode("\n")[^1];
        JsonNode sent = await _server.PostJsonAsync(Generate, $$"""
            {"messages":[{"role":"user","content":"How many?"}],"strategies":[{"name":"echoic_prompting","mode":"echo","first_stage":2}],"max_tokens":100,"ignore_eos":true,"seed":1,"logit_bias":{"{{newline}}":4} }
            """);
        JsonNode trace = await _server.TraceAsync(sent);
        JsonNode forced = Assert.Single(trace["events"]!.AsArray(), happened => (string?)happened!["type"] == "forced")!;
        JsonArray tokens = trace["candidates"]![(int)forced["candidate"]!]!["tokens"]!.AsArray();
        JsonNode?[] written = [.. tokens.Where(token => token!["logprob"] is null)];
        Assert.Equal((int)forced["tokens"]!, written.Length);
        Assert.Equal((string?)forced["text"], string.Concat(written.Select(token => (string?)token!["token"])));
    }

    [Fact]
    public async Task Trace_SeveralPromptsAndChoices_HoldsThemAll()
    {
        JsonNode sent = await _server.PostJsonAsync("/v1/completions", """{"prompt":["a b","c d"],"n":2,"max_tokens":3,"ignore_eos":true,"seed":5}""");
        JsonNode trace = await _server.TraceAsync(sent);
        Assert.Equal(["a b", "c d"], trace["request"]!["prompts"]!.AsArray().Select(prompt => (string?)prompt));
        Assert.Equal([0, 1, 2, 3], trace["candidates"]!.AsArray().Select(candidate => (int)candidate!["choice"]!));
        Assert.Equal(sent["choices"]!.AsArray().Select(choice => (string?)choice!["text"]), trace["candidates"]!.AsArray().Select(candidate => (string?)candidate!["text"]));
    }

    [Fact]
    public async Task Trace_Stream_IsThereToo()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":4,"ignore_eos":true,"stream":true}""");
        JsonNode trace = await _server.TraceAsync(JsonNode.Parse(events[0].Data)!);
        string text = string.Concat(events.SkipLast(1).SelectMany(e => JsonNode.Parse(e.Data)!["choices"]!.AsArray()).Select(choice => (string?)choice!["delta"]!["content"]));
        Assert.Equal(text, (string?)trace["candidates"]![0]!["text"]);
    }

    [Fact]
    public async Task Trace_FeedbackOnItsRequest_ShowsIt()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1}""");
        Assert.Null((await _server.TraceAsync(sent))["feedback"]);
        await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{sent["id"]}}","name":"rating","value":4}""");
        JsonNode feedback = Assert.Single((await _server.TraceAsync(sent))["feedback"]!.AsArray())!;
        Assert.Equal(("rating", 4.0), ((string?)feedback["name"], (double)feedback["value"]!));
    }

    [Fact]
    public async Task Trace_OfAnExperiment_NamesItAndItsArmAndIsFoundByIt()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """
            {"prompt":"a","max_tokens":1,"experiment":{"name":"traced","unit":"u","arms":[{"name":"plain","strategies":[]},{"name":"two","strategies":[{"name":"best_of_n","n":2}]}]}}
            """);
        JsonNode trace = await _server.TraceAsync(sent);
        Assert.Equal(("traced", (string?)sent["experiment"]!["arm"]), ((string?)trace["experiment"], (string?)trace["arm"]));
        JsonNode found = Assert.Single((await _server.GetJsonAsync($"{Traces}?experiment=traced"))["data"]!.AsArray())!;
        Assert.Equal((string?)sent["id"], (string?)found["id"]);
    }

    [Fact]
    public async Task Trace_NotWanted_IsNotKept()
    {
        JsonNode quiet = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1,"trace":false}""");
        // The next one's is written after it would have been.
        await _server.TraceAsync(await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1}"""));
        await AssertRefusedAsync(HttpMethod.Get, $"{Traces}/{quiet["id"]}", HttpStatusCode.NotFound, "trace_not_found");
    }

    [Fact]
    public async Task List_PagesFromTheNewestToTheOldest()
    {
        await using TestServer server = await TestServer.StartAsync();
        var ids = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            JsonNode sent = await server.PostJsonAsync(Generate, $$"""{"messages":[{"role":"user","content":"question {{i}} {{new string('x', 195)}}"}],"max_tokens":1}""");
            await server.TraceAsync(sent);
            ids.Add((string)sent["id"]!);
        }
        ids.Reverse();
        JsonNode first = await server.GetJsonAsync($"{Traces}?limit=2");
        Assert.True((bool)first["has_more"]!);
        JsonNode second = await server.GetJsonAsync($"{Traces}?limit=2&before={ids[1]}"), third = await server.GetJsonAsync($"{Traces}?limit=2&before={ids[3]}");
        Assert.False((bool)third["has_more"]!);
        JsonNode[] all = [.. new[] { first, second, third }.SelectMany(page => page["data"]!.AsArray()).OfType<JsonNode>()];
        Assert.Equal(ids, all.Select(summary => (string?)summary["id"]));
        Assert.Equal($"question 4 {new string('x', 189)}", (string?)all[0]["question"]);
        Assert.Equal((1, 0), ((int)all[0]["candidates"]!, (int)all[0]["rejected"]!));
        Assert.Empty((await server.GetJsonAsync($"{Traces}?experiment=none"))["data"]!.AsArray());
    }

    [Fact]
    public async Task Delete_OnceThere_IsGoneFromTheListToo()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1}""");
        await _server.TraceAsync(sent);
        using HttpResponseMessage deleted = await _server.Http.DeleteAsync($"{Traces}/{sent["id"]}");
        Assert.Equal("trace.deleted", (string?)JsonNode.Parse(await deleted.Content.ReadAsStringAsync())!["object"]);
        await AssertRefusedAsync(HttpMethod.Get, $"{Traces}/{sent["id"]}", HttpStatusCode.NotFound, "trace_not_found");
        await AssertRefusedAsync(HttpMethod.Delete, $"{Traces}/{sent["id"]}", HttpStatusCode.NotFound, "trace_not_found");
        Assert.DoesNotContain((await _server.GetJsonAsync(Traces))["data"]!.AsArray(), summary => (string?)summary!["id"] == (string?)sent["id"]);
    }

    [Theory]
    [InlineData("/unknown", HttpStatusCode.NotFound, "trace_not_found")]
    [InlineData("/a%2Fb", HttpStatusCode.NotFound, "trace_not_found")]
    [InlineData("/a%0Ab", HttpStatusCode.NotFound, "trace_not_found")]
    [InlineData("?limit=0", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?limit=501", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?limit=-1", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?limit=99999999999999999999", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?limit=ten", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?before=nobody", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("?before=a%2F..%2Fb", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("/export?since=yesterday", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("/export?since=99999999999999999999999", HttpStatusCode.BadRequest, "invalid_value")]
    public Task Get_Absurd_IsRefused(string query, HttpStatusCode status, string code) => AssertRefusedAsync(HttpMethod.Get, Traces + query, status, code);

    [Fact]
    public Task Get_IdOfAThousandCharacters_Is404() => AssertRefusedAsync(HttpMethod.Get, $"{Traces}/{new string('a', 1000)}", HttpStatusCode.NotFound, "trace_not_found");

    [Fact]
    public async Task Export_IsALineForEachCandidate()
    {
        await using TestServer server = await TestServer.StartAsync();
        JsonNode sent = await server.PostJsonAsync(Generate, """
            {"prompt":"Emma has","strategies":[{"name":"best_of_n","n":2,"select":"verifier"}],"verifiers":[{"name":"regex","pattern":"^","target":"text"}],"max_tokens":5,"ignore_eos":true,"seed":9,"temperature":0.5}
            """);
        JsonNode trace = await server.TraceAsync(sent);
        JsonNode[] lines = await LinesAsync(server, "");
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Equal(("train-record/1", "sample", "Emma has"), ((string?)line["schema"], (string?)line["kind"], (string?)line["prompt_text"])));
        Assert.Equal(server.Model.Tokenizer.Encode("Emma has"), lines[0]["prompt_ids"]!.AsArray().Select(id => (int)id!));
        for (int i = 0; i < 2; i++)
        {
            JsonArray tokens = trace["candidates"]![i]!["tokens"]!.AsArray();
            Assert.Equal(tokens.Select(token => (int)token!["id"]!), lines[i]["completion_ids"]!.AsArray().Select(id => (int)id!));
            Assert.Equal(tokens.Select(token => (float)token!["logprob"]!), lines[i]["behaviour"]!["token_logprobs"]!.AsArray().Select(logprob => (float)logprob!));
            Assert.Equal((0, 5, true), ((int)lines[i]["segments"]![0]!["start"]!, (int)lines[i]["segments"]![0]!["end"]!, (bool)lines[i]["segments"]![0]!["train"]!));
            Assert.Equal((1.0, "regex"), ((double)lines[i]["rewards"]!["outcome"]!, (string?)lines[i]["rewards"]!["verifier"]));
            Assert.Equal((2, 1.0), ((int)lines[i]["group"]!["size"]!, (double)lines[i]["group"]!["pass_rate"]!));
        }
        Assert.Equal(lines[0]["group_id"]!.ToString(), lines[1]["group_id"]!.ToString());
        Assert.NotEqual(lines[0]["id"]!.ToString(), lines[1]["id"]!.ToString());

        long created = (long)trace["created"]!;
        Assert.Equal(2, (await LinesAsync(server, $"?since={created}")).Length);
        Assert.Empty(await LinesAsync(server, $"?since={created + 1}"));
        Assert.Empty(await LinesAsync(server, "?since=2999-01-01T00:00:00Z"));
        Assert.Empty(await LinesAsync(server, "?experiment=none"));
    }

    [Fact]
    public async Task Redact_NothingThatAnybodyWroteIsKept()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("TracesRedact", "true"));
        JsonNode sent = await server.PostJsonAsync(Generate, """
            {"messages":[{"role":"user","content":"my secret question"}],"strategies":[{"name":"best_of_n","n":2,"select":"verifier"}],"verifiers":[{"name":"regex","pattern":"secretpattern","target":"text"}],"max_tokens":12,"ignore_eos":true}
            """);
        JsonNode trace = await server.TraceAsync(sent);
        Assert.True((bool)trace["request"]!["redacted"]!);
        string json = trace.ToJsonString() + (await server.GetJsonAsync(Traces)).ToJsonString();
        Assert.DoesNotContain("secret", json, StringComparison.Ordinal);
        Assert.All(sent["candidates"]!.AsArray(), candidate => Assert.DoesNotContain((string)candidate!["text"]!, json, StringComparison.Ordinal));
        JsonNode token = trace["candidates"]![0]!["tokens"]![0]!;
        Assert.Equal((true, true, false), (token["token"] is null, token["id"] is null, token["logprob"] is null));
        Assert.Empty(await LinesAsync(server, ""));
        string stored = (await server.State.GetAsync($"default/trace/{sent["id"]}"))!;
        Assert.Empty(InferenceServer.Server.Traces.TraceCodec.Decode(stored.AsSpan(stored.IndexOf(':') + 1)).Prompts);
    }

    private static async Task<JsonNode[]> LinesAsync(TestServer server, string query) =>
        [.. (await server.Http.GetStringAsync($"{Traces}/export{query}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private async Task AssertRefusedAsync(HttpMethod method, string path, HttpStatusCode status, string code)
    {
        using HttpResponseMessage response = await _server.Http.SendAsync(new(method, path));
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, (string?)JsonNode.Parse(body)!["error"]!["code"]);
    }
}
