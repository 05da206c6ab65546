using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.State;

/// <summary>The server while its Redis goes and comes back, and its limits.</summary>
public sealed class StateOverHttpTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Completions = "/v1/completions", Request = """{"prompt":"a","max_tokens":1}""";

    [Fact]
    public async Task Redis_DiesAndComesBackInMidRun_GenerationGoesOnAndReadinessSaysDegraded()
    {
        RedisServer.Require();
        await using TestServer server = await TestServer.StartAsync(flags: [("Redis", redis.Configuration), ("RequestsPerMinute", "100000")]);
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        await server.PostJsonAsync(Completions, Request);
        await redis.KillAsync();
        try
        {
            for (int i = 0; i < 5; i++)
                await server.PostJsonAsync(Completions, Request);
            await server.UntilAsync(() => server.ReadyStatus() == "degraded");
            using HttpResponseMessage ready = await server.Http.GetAsync("/health/ready");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            Assert.Contains(redis.Configuration, await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(0, server.Metric("itc_state_up"));
            Assert.True(server.Metric("itc_state_operations_total", "outcome=\"error\"") > 0);
        }
        finally
        {
            await redis.StartAsync();
        }
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        await server.PostJsonAsync(Completions, Request);
    }

    [Fact]
    public async Task Limit_StateIsAwayAndLimitsAreClosed_Is503()
    {
        RedisServer nobody = new();
        await using TestServer server = await TestServer.StartAsync(flags: [("Redis", nobody.Configuration), ("RequestsPerMinute", "100"), ("LimitsWhenStateAway", "Closed")]);
        using HttpResponseMessage refused = await server.PostAsync(Completions, Request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("state_unavailable", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]);
        await nobody.DisposeAsync();
    }

    [Fact]
    public async Task Limit_OneRequestTooMany_Is429UntilTheWindowEnds()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("RequestsPerMinute", "2"));
        await server.PostJsonAsync(Completions, Request);
        await server.PostJsonAsync("/api/generate", Request);
        using HttpResponseMessage refused = await server.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"hi"}],"stream":true}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("rate_limit_exceeded", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        // Looking is not limited.
        await server.GetJsonAsync("/v1/models");
    }

    [Fact]
    public async Task Start_StateFileCannotBeMade_StopsTheStartWithOneLine()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await Hosting.ServerProcess.RunAsync(null, "--model", folder.Path, "--state", "/proc/none/state.db");
        Assert.Equal(1, code);
        Assert.Contains("--state FILE", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--redis=a,b=c", "--redis is not")]
    [InlineData("--redis=host:port,database=x", "--redis is not")]
    public async Task Start_RedisConfigurationIsNone_StopsTheStartWithOneLine(string flag, string message)
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await Hosting.ServerProcess.RunAsync(null, "--model", folder.Path, flag);
        Assert.Equal(1, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
