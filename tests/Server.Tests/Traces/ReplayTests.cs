using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>Stored requests under other plans.</summary>
public sealed class ReplayTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Generate = "/api/generate";
    private readonly TestServer _server = tiny.Server;

    [Theory]
    [InlineData("""[{"name":"best_of_n","n":8}]""", """[{"name":"best_of_n","n":8,"select":"self_certainty"}]""", 8, 0)]
    [InlineData("""[{"name":"best_of_n","n":3}]""", """[{"name":"best_of_n","n":5}]""", 3, 2)]
    [InlineData("""[{"name":"best_of_n","n":4}]""", """[]""", 1, 0)]
    [InlineData("""[]""", """[{"name":"self_consistency","n":4}]""", 1, 3)]
    [InlineData("""[{"name":"early_rejection","n":4,"keep":1,"tau":3,"scorer":"random"}]""", """[{"name":"best_of_n","n":4}]""", 4, 0)]
    public async Task Replay_OtherPlan_IsWhatTheRequestWouldHaveBeenAndReusesWhatWasPaid(string first, string second, int reused, int computed)
    {
        string Request(string plan) => $$"""{"messages":[{"role":"user","content":"How many?"}],"strategies":{{plan}},"max_tokens":12,"ignore_eos":true,"seed":11,"temperature":0.9,"stop":["~~"]}""";
        JsonNode sent = await _server.PostJsonAsync(Generate, Request(first));
        JsonNode trace = await _server.TraceAsync(sent);
        long sampled = _server.Engine.Statistics.SampledTokens;
        JsonNode replayed = await _server.PostJsonAsync($"/api/traces/{sent["id"]}/replay", $$"""{"strategies":{{second}},"include":["trace"]}""");
        await _server.UntilAsync(() => _server.Engine.Statistics.Live == 0);
        long asked = _server.Engine.Statistics.SampledTokens - sampled;
        JsonNode direct = await _server.PostJsonAsync(Generate, Request(second));
        Assert.Equal(reused, (int)replayed["reused_candidates"]!);
        long kept = trace["candidates"]!.AsArray().Take(reused).Sum(candidate => (long)candidate!["tokens"]!.AsArray().Count);
        Assert.Equal(kept, (long)replayed["reused_tokens"]!);
        // Only what was not there is computed: whole candidates, and the rest of those that were rejected.
        long rest = (reused * 12L) - kept;
        Assert.InRange(asked, computed * 12L, (computed * 12L) + rest);
        Assert.Equal((string?)sent["id"], (string?)replayed["replay_of"]);
        foreach (string member in (string[])["text", "finish_reason", "strategies", "seed"])
            Assert.Equal(direct[member]!.ToJsonString(), replayed[member]!.ToJsonString());
        Assert.Equal((int)direct["usage"]!["completion_tokens"]!, (int)replayed["usage"]!["completion_tokens"]!);
        Assert.Equal(direct["candidates"]!.AsArray().Select(candidate => (string?)candidate!["text"]), replayed["candidates"]!.AsArray().Select(candidate => (string?)candidate!["text"]));
        Assert.Equal((string?)sent["id"], (string?)(await _server.TraceAsync(replayed))["replay_of"]);
    }

    [Fact]
    public async Task Replay_WithVerifiersOfTheRequest_AsksThemAgain()
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"Emma has","verifiers":[{"name":"regex","pattern":"^","target":"text"}],"max_tokens":4,"ignore_eos":true,"seed":2}""");
        await _server.TraceAsync(sent);
        JsonNode replayed = await _server.PostJsonAsync($"/api/traces/{sent["id"]}/replay", """{"strategies":[{"name":"best_of_n","n":2,"select":"verifier"}],"include":["trace"]}""");
        Assert.Contains(replayed["trace"]!.AsArray(), happened => (string?)happened!["type"] == "verified" && (string?)happened["outcome"] == "pass");
        JsonNode other = await _server.PostJsonAsync($"/api/traces/{sent["id"]}/replay", """{"strategies":[{"name":"best_of_n","n":2,"select":"verifier"}],"verifiers":[{"name":"regex","pattern":"^$","target":"text"}],"include":["trace"]}""");
        Assert.DoesNotContain(other["trace"]!.AsArray(), happened => (string?)happened!["outcome"] == "pass");
    }

    [Fact]
    public async Task Replay_Redacted_Is409()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("TracesRedact", "true"));
        JsonNode sent = await server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1}""");
        await server.TraceAsync(sent);
        await AssertRefusedAsync(server, $"/api/traces/{sent["id"]}/replay", """{"strategies":[]}""", HttpStatusCode.Conflict, "trace_redacted");
    }

    [Fact]
    public async Task Replay_SeveralPrompts_Is409()
    {
        JsonNode sent = await _server.PostJsonAsync("/v1/completions", """{"prompt":["a","b"],"max_tokens":1}""");
        await _server.TraceAsync(sent);
        await AssertRefusedAsync(_server, $"/api/traces/{sent["id"]}/replay", """{"strategies":[]}""", HttpStatusCode.Conflict, "trace_not_replayable");
    }

    [Theory]
    [InlineData("""{}""", "missing_required_parameter")]
    [InlineData("""{"strategies":"best_of_n"}""", "invalid_strategy")]
    [InlineData("""{"strategies":[{"name":"nothing"}]}""", "invalid_strategy")]
    [InlineData("""{"strategies":[{"name":"best_of_n","n":0}]}""", "invalid_strategy")]
    [InlineData("""{"strategies":[],"verifiers":[{"name":"nothing"}]}""", "invalid_verifier")]
    [InlineData("""{"strategies":[],"seed":3}""", "unknown_parameter")]
    public async Task Replay_BadBody_Is400(string body, string code)
    {
        JsonNode sent = await _server.PostJsonAsync(Generate, """{"prompt":"a","max_tokens":1}""");
        await _server.TraceAsync(sent);
        await AssertRefusedAsync(_server, $"/api/traces/{sent["id"]}/replay", body, HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public Task Replay_NoSuchTrace_Is404() => AssertRefusedAsync(_server, "/api/traces/nobody/replay", """{"strategies":[]}""", HttpStatusCode.NotFound, "trace_not_found");

    private static async Task AssertRefusedAsync(TestServer server, string path, string body, HttpStatusCode status, string code)
    {
        using HttpResponseMessage response = await server.PostAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, (string?)JsonNode.Parse(text)!["error"]!["code"]);
    }
}
