using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

/// <summary>Faults of strategies and verifiers as a client sees them; each leaves nothing behind.</summary>
public sealed class StrategiesOverHttpTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Chat = "/v1/chat/completions";
    private readonly TestServer _server = tiny.Server;

    [Theory]
    [InlineData("\"strategies\":[{\"name\":\"handbook\",\"handbook\":\"none\"}]", "invalid_strategy", "strategies[0].handbook")]
    [InlineData("\"strategy\":{\"name\":\"handbook\",\"handbook\":\"none\"}", "invalid_strategy", "strategy.handbook")]
    [InlineData("\"strategies\":[{\"name\":\"handbook\",\"handbook\":\"none\"}],\"stream\":true", "invalid_strategy", "strategies[0].handbook")]
    [InlineData("\"strategies\":[{\"name\":\"best_of_n\",\"select\":\"verifier\"}]", "invalid_strategy", "strategies[0].select")]
    [InlineData("\"strategies\":[{\"name\":\"plain\"},{\"name\":\"bouncer\"}]", "invalid_strategy", "strategies[1]")]
    [InlineData("\"verifiers\":[{\"name\":\"webhook\",\"url\":\"http://127.0.0.1:9/\"}]", "invalid_verifier", "verifiers[0].url")]
    [InlineData("\"verifiers\":[{\"name\":\"command\",\"command\":\"rm\"}]", "invalid_verifier", "verifiers[0].command")]
    [InlineData("\"verifiers\":[{\"name\":\"numeric\"}]", "invalid_verifier", "verifiers[0].reference")]
    public async Task Post_PlanThatCannotRun_IsRefusedWithItsPath(string fields, string code, string param)
    {
        using HttpResponseMessage response = await _server.PostAsync(Chat, Request(fields));
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, body);
        JsonNode error = JsonNode.Parse(body)!["error"]!;
        Assert.Equal((code, param), ((string?)error["code"], (string?)error["param"]));
        await _server.UntilAsync(() => _server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Post_Verifiers_AreAskedAndTheirVerdictsAreInTheTrace()
    {
        JsonNode body = await _server.PostJsonAsync(Chat, Request("\"strategies\":[{\"name\":\"best_of_n\",\"n\":3,\"select\":\"verifier\"}],\"verifiers\":[{\"name\":\"numeric\",\"reference\":\"42\"}],\"include\":[\"trace\"]"));
        Assert.Contains(body["trace"]!.AsArray(), happened => (string?)happened!["type"] == "verified" && (string?)happened["scorer"] == "numeric");
    }

    [Fact]
    public async Task Post_HandbookInAPlan_IsCounted()
    {
        using (var put = new HttpRequestMessage(HttpMethod.Put, "/api/handbooks/counted") { Content = new StringContent("""{"behaviours":[{"name":"behavior_hi","instruction":"When somebody says hi, say hi in return."}]}""", System.Text.Encoding.UTF8, "application/json") })
        using (HttpResponseMessage written = await _server.Http.SendAsync(put))
            Assert.True(written.IsSuccessStatusCode);
        await _server.PostJsonAsync(Chat, Request("\"strategies\":[{\"name\":\"handbook\",\"handbook\":\"counted\",\"inclusion\":1}]"));
        JsonNode? counters = null;
        while (counters is null || (long)counters["shown"]! == 0)
            counters = (await _server.GetJsonAsync("/api/handbooks/counted/behaviours/behavior_hi"))["counters"];
        Assert.Equal((1, 0), ((int)counters["shown"]!, (int)counters["shown_judged"]!));
    }

    [Fact]
    public async Task Build_ModelThatSolvesNothing_IsDoneAndTeachesNothing()
    {
        JsonNode job = await _server.PostJsonAsync("/api/handbooks/built/build", """{"problems":[{"question":"one","answer":"1234567"},{"question":"two","answer":"7654321"}],"max_tokens":4}""");
        Assert.Equal(("handbook_build", "built"), ((string?)job["kind"], (string?)job["subject"]));
        while ((string?)job["status"] == "running")
            job = await _server.GetJsonAsync($"/api/jobs/{job["id"]}");
        Assert.Equal(("done", 2, 0, 2), ((string?)job["status"], (int)job["done"]!, (int)job["result"]!["solved"]!, (int)job["result"]!["unsolved"]!));
        Assert.True((long)job["result"]!["tokens"]! > 0);
        using HttpResponseMessage none = await _server.Http.GetAsync("/api/handbooks/built");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Theory]
    [InlineData("Build", """{"problems":[]}""", "name")]
    [InlineData("b", """{"problems":[]}""", "problems")]
    [InlineData("b", """{"problems":[{"question":"a"}]}""", "problems[0].answer")]
    [InlineData("b", """{"problems":[{"question":"a","answer":"1"}],"strategies":[{"name":"nonsense"}]}""", "strategies[0].name")]
    [InlineData("b", """{"problems":[{"question":"a","answer":"1","topics":[""]}]}""", "problems[0].topics")]
    public async Task Build_ThatCannotRun_IsRefused(string name, string body, string param)
    {
        using HttpResponseMessage response = await _server.PostAsync($"/api/handbooks/{name}/build", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]);
    }

    [Fact]
    public async Task EchoGap_CompletionThatEchoes_IsMeasured()
    {
        JsonNode body = await _server.PostJsonAsync("/api/diagnostics/echo-gap", """{"prompt":"Emma has 3 bags of stamps.","completion":"Emma has 3 bags of stamps. So 7."}""");
        Assert.True((bool)body["has_echo"]!);
        Assert.Equal("Emma has 3 bags of stamps. ", (string?)body["echo"]);
        Assert.Equal((double)body["raw_mean_logprob"]! - (double)body["trimmed_mean_logprob"]!, (double)body["gap"]!, 6);
        Assert.NotNull(body["suffix_gap"]);
        await _server.UntilAsync(() => _server.Engine.Statistics.Live == 0);
    }

    [Theory]
    [InlineData("""{"prompt":"Emma has 3 bags.","completion":"So 7."}""", "false", "0")]
    [InlineData("""{"messages":[{"role":"user","content":"Emma has 3 bags."}],"completion":"Emma has 3 bags."}""", "true", null)]
    public async Task EchoGap_NoEchoOrNothingElse_HasNoGapOrNone(string request, string echo, string? gap)
    {
        JsonNode body = await _server.PostJsonAsync("/api/diagnostics/echo-gap", request);
        Assert.Equal((echo, gap), (body["has_echo"]!.ToJsonString(), body["gap"]?.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"prompt":"a","completion":""}""", "completion")]
    [InlineData("""{"completion":"a"}""", "prompt")]
    [InlineData("""{"prompt":"a","messages":[{"role":"user","content":"a"}],"completion":"a"}""", "prompt")]
    [InlineData("""{"messages":[{"role":"system","content":"a"}],"completion":"a"}""", "messages")]
    public async Task EchoGap_ThatCannotBeMeasured_IsRefused(string request, string param)
    {
        using HttpResponseMessage response = await _server.PostAsync("/api/diagnostics/echo-gap", request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]);
    }

    private static string Request(string fields) => $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}],\"max_tokens\":8,\"ignore_eos\":true,{fields}}}";
}
