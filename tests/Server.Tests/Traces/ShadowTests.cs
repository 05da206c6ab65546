using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>A second plan in the shadow of a request.</summary>
public sealed class ShadowTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Generate = "/api/generate";
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Shadow_AfterTheRequest_IsWhatItsPlanWouldHaveSaidAndIsPairedInTheTrace()
    {
        string Request(string fields) => $$"""{"messages":[{"role":"user","content":"How many?"}],"max_tokens":12,"ignore_eos":true,"seed":11,"temperature":0.9,{{fields}}}""";
        JsonNode sent = await _server.PostJsonAsync(Generate, Request("""
            "strategies":[{"name":"best_of_n","n":2}],"shadow":{"strategies":[{"name":"best_of_n","n":4,"select":"self_certainty"}]}
            """));
        JsonNode shadow = (await ShadowedAsync(_server, sent))["shadow"]!;
        JsonNode direct = await _server.PostJsonAsync(Generate, Request("""
            "strategies":[{"name":"best_of_n","n":4,"select":"self_certainty"}]
            """));
        Assert.Equal(("done", (string?)direct["text"], (string?)direct["finish_reason"]), ((string?)shadow["status"], (string?)shadow["answer"], (string?)shadow["finish_reason"]));
        Assert.Equal((double)direct["score"]!, (double)shadow["score"]!);
        Assert.Equal(direct["strategies"]!.ToJsonString(), shadow["plan"]!.ToJsonString());
        Assert.Equal((48, 24), ((int)shadow["completion_tokens"]!, (int)shadow["reused_tokens"]!));
        // What the caller was sent is that of a request without a shadow.
        Assert.Equal((await _server.PostJsonAsync(Generate, Request("""
            "strategies":[{"name":"best_of_n","n":2}]
            """)))["text"]!.ToString(), sent["text"]!.ToString());
    }

    [Fact]
    public async Task Shadow_TheSamePlan_AgreesAndComputesNothing()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"Emma has","max_tokens":8,"ignore_eos":true,"strategies":[{"name":"best_of_n","n":2}],"shadow":{"strategies":[{"name":"best_of_n","n":2}]}}""");
        JsonNode shadow = (await ShadowedAsync(_server, sent))["shadow"]!;
        Assert.Equal((true, (int)shadow["completion_tokens"]!), ((bool)shadow["agrees"]!, (int)shadow["reused_tokens"]!));
    }

    [Fact]
    public async Task Shadow_SomebodyComes_GetsNoStepUntilTheyAreGone()
    {
        var decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        using var gate = new Gate();
        // The user's request has four steps; the shadow's comes to a door that stays closed.
        int free = 4;
        decoder.OnForward = _ =>
        {
            if (--free < 0)
                gate.Pass();
        };
        JsonNode sent = await server.PostJsonAsync(Generate, """{"prompt":[7],"max_tokens":4,"ignore_eos":true,"shadow":{"strategies":[{"name":"self_consistency","n":4}]}}""");
        await server.UntilAsync(() => gate.Waiting);
        long before = server.Engine.Statistics.SampledTokens;
        Task<JsonNode> request = server.PostJsonAsync(Generate, """{"prompt":[8],"max_tokens":40,"ignore_eos":true}""");
        // The served candidate is on record; the other three live.
        await server.UntilAsync(() => server.Engine.Statistics.Live == 4);
        // The shadow's step that was being computed when the user came, and the user's forty.
        gate.Open(41);
        await request;
        Assert.InRange(server.Engine.Statistics.SampledTokens - before, 40, 43);
        gate.Open(1_000_000);
        Assert.Equal("done", (string?)(await ShadowedAsync(server, sent))["shadow"]!["status"]);
    }

    [Fact]
    public async Task Shadow_StreamedChat_IsThereToo()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"hi"}],"max_tokens":4,"ignore_eos":true,"stream":true,"shadow":{"strategies":[]}}""");
        Assert.Equal("done", (string?)(await ShadowedAsync(_server, JsonNode.Parse(events[0].Data)!))["shadow"]!["status"]);
    }

    [Fact]
    public async Task Shadow_NoShare_NeverRuns()
    {
        JsonNode none = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":2,"shadow":{"strategies":[],"share":0}}""");
        await ShadowedAsync(_server, await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":2,"shadow":{"strategies":[]}}"""));
        Assert.Null((await _server.TraceAsync(none))["shadow"]);
    }

    [Fact]
    public async Task Shadow_RedactingServer_KeepsNoAnswer()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("TracesRedact", "true"));
        JsonNode sent = await server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":6,"ignore_eos":true,"shadow":{"strategies":[{"name":"best_of_n","n":2}]}}""");
        JsonNode shadow = (await ShadowedAsync(server, sent))["shadow"]!;
        Assert.Null(shadow["answer"]);
        Assert.Equal(12, (int)shadow["completion_tokens"]!);
    }

    [Fact]
    public async Task Delete_TraceWithAShadow_TakesItAlong()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":2,"shadow":{"strategies":[]}}""");
        await ShadowedAsync(_server, sent);
        using HttpResponseMessage deleted = await _server.Http.DeleteAsync($"/api/traces/{sent["id"]}");
        Assert.Null(await _server.State.GetAsync($"default/trace-shadow/{sent["id"]}"));
    }

    [Theory]
    [InlineData("/api/generate", """{"prompt":"a","shadow":{}}""", "shadow.strategies", "missing_required_parameter")]
    [InlineData("/api/generate", """{"prompt":"a","shadow":{"strategies":[{"name":"nothing"}]}}""", "shadow.strategies[0].name", "invalid_strategy")]
    [InlineData("/api/generate", """{"prompt":"a","shadow":{"strategies":[{"name":"best_of_n","n":0}]}}""", "shadow.strategies[0].n", "invalid_strategy")]
    [InlineData("/api/generate", """{"prompt":"a","shadow":{"strategies":[{"name":"best_of_n","select":"verifier"}]}}""", "shadow.strategies[0].select", "invalid_strategy")]
    [InlineData("/api/generate", """{"prompt":"a","shadow":{"strategies":[],"share":1.5}}""", "shadow.share", "invalid_value")]
    [InlineData("/api/generate", """{"prompt":"a","trace":false,"shadow":{"strategies":[]}}""", "shadow", "invalid_value")]
    [InlineData("/v1/completions", """{"prompt":["a","b"],"shadow":{"strategies":[]}}""", "shadow", "invalid_value")]
    [InlineData("/v1/completions", """{"prompt":"a","n":2,"shadow":{"strategies":[]}}""", "shadow", "invalid_value")]
    public async Task Shadow_ThatCannotRun_Is400BeforeATokenIsSpent(string path, string body, string param, string code)
    {
        using HttpResponseMessage response = await _server.PostAsync(path, body);
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, param, code), (response.StatusCode, (string?)error["param"], (string?)error["code"]));
    }

    [Fact]
    public async Task Shadow_ServerKeepsNoTraces_Is400()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("TracesMax", "0"));
        using HttpResponseMessage response = await server.PostAsync(Generate, """{"prompt":"a","shadow":{"strategies":[]}}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("--traces-max", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>The trace with its shadow, once that has run.</summary>
    private static async Task<JsonNode> ShadowedAsync(TestServer server, JsonNode response)
    {
        while (true)
        {
            JsonNode trace = await server.TraceAsync(response);
            if (trace["shadow"] is not null)
                return trace;
            await Task.Delay(5);
        }
    }
}
