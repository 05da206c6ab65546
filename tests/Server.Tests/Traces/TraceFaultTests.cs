using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Server.Tests.State;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>Requests that do not run to their end, and state that goes away under a running server.</summary>
public sealed class TraceFaultTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Generate = "/api/generate", Request = """{"prompt":"a","max_tokens":2,"ignore_eos":true}""";

    [Fact]
    public async Task Trace_CallerLeaves_SaysHowFarItRan()
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => gate.Pass();
        using var request = new HttpRequestMessage(HttpMethod.Post, Generate)
        {
            Content = new StringContent("""{"prompt":"Emma has","strategies":[{"name":"best_of_n","n":2}],"ignore_eos":true,"stream":true}""", System.Text.Encoding.UTF8, "application/json"),
        };
        using (HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            gate.Open(8);
            // What the engine has sampled is the trace's once the plan has read it, which the stream tells.
            var begun = new HashSet<int>();
            while (begun.Count < 2)
            {
                string? line = await reader.ReadLineAsync();
                Assert.NotNull(line);
                if (line.StartsWith("data: {\"type\":\"text\"", StringComparison.Ordinal))
                    begun.Add((int)JsonNode.Parse(line[6..])!["candidate"]!);
            }
        }
        await server.UntilAsync(() => server.Metric("itc_request_success_total", "finished_reason=\"abort\"") > 0);
        gate.Open(1_000_000);
        JsonNode trace = await OnlyTraceAsync(server);
        Assert.Equal(("aborted", "aborted"), ((string?)trace["finish_reason"], (string?)trace["error"]));
        Assert.Equal(2, trace["candidates"]!.AsArray().Count);
        Assert.All(trace["candidates"]!.AsArray(), candidate => Assert.True(candidate!["tokens"]!.AsArray().Count > 0));
        Assert.All(trace["candidates"]!.AsArray(), candidate => Assert.NotNull(candidate!["rejected_at_ms"]));
    }

    [Fact]
    public async Task Trace_ModelFails_SaysSo()
    {
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        long fail = decoder.Steps + 4;
        decoder.OnForward = _ =>
        {
            if (decoder.Steps >= fail)
                throw new InvalidOperationException("The device is gone.");
        };
        using HttpResponseMessage failed = await server.PostAsync(Generate, """{"prompt":"Emma has","max_tokens":20,"ignore_eos":true}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        JsonNode trace = await OnlyTraceAsync(server);
        Assert.Equal(("error", "engine_unavailable"), ((string?)trace["finish_reason"], (string?)trace["error"]));
        Assert.NotEmpty(trace["candidates"]![0]!["tokens"]!.AsArray());
    }

    [Fact]
    public async Task Trace_Refused_LeavesNone()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage refused = await server.PostAsync(Generate, """{"prompt":"a","strategies":[{"name":"nothing"}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await server.TraceAsync(await server.PostJsonAsync(Generate, Request));
        Assert.Single((await server.GetJsonAsync("/api/traces"))["data"]!.AsArray());
    }

    [Fact]
    public async Task Traces_SwitchedOff_AreNone()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("TracesMax", "0"));
        await server.PostJsonAsync(Generate, Request);
        Assert.Empty((await server.GetJsonAsync("/api/traces"))["data"]!.AsArray());
        Assert.Equal(0, server.Metric("itc_traces_waiting"));
    }

    [Fact]
    public async Task Redis_GoneForAWhile_RequestsAreAnsweredAndTracesComeLater()
    {
        RedisServer.Require();
        await using TestServer server = await TestServer.StartAsync(flags: ("Redis", redis.Configuration));
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        JsonNode before = await server.PostJsonAsync(Generate, Request);
        await server.TraceAsync(before);
        await redis.KillAsync();
        JsonNode[] sent;
        try
        {
            sent = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.PostJsonAsync(Generate, Request)));
            await server.UntilAsync(() => server.ReadyStatus() == "degraded");
            foreach (string path in (string[])["/api/traces", "/api/traces/export", $"/api/traces/{before["id"]}"])
            {
                using HttpResponseMessage away = await server.Http.GetAsync(path);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
                Assert.Equal("state_unavailable", (string?)JsonNode.Parse(await away.Content.ReadAsStringAsync())!["error"]!["code"]);
            }
        }
        finally
        {
            await redis.StartAsync();
        }
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        foreach (JsonNode response in sent)
            await server.TraceAsync(response);
        // Written before Redis died, and acknowledged by it.
        await server.TraceAsync(before);
        Assert.Equal(6, (await server.GetJsonAsync("/api/traces"))["data"]!.AsArray().Count);
    }

    private static async Task<JsonNode> OnlyTraceAsync(TestServer server)
    {
        JsonArray data = [];
        while (data.Count == 0)
        {
            await Task.Delay(5);
            data = (await server.GetJsonAsync("/api/traces"))["data"]!.AsArray();
        }
        return await server.TraceAsync(Assert.Single(data)!);
    }
}
