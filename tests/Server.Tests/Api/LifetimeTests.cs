using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Engine;
using InferenceServer.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace InferenceServer.Server.Tests.Api;

/// <summary>Clients that leave, engines that are full or fail, and servers that stop; over a decoder that the test holds back.</summary>
public sealed class LifetimeTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Endless = """{"messages":[{"role":"user","content":"hi"}],"ignore_eos":true,"n":4,"stream":STREAM}""";

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Post_ClientGoesAway_StopsItsSequencesWithinAStep(string stream)
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => gate.Pass();
        using var client = new HttpClient { BaseAddress = server.Address };
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat)
        {
            Content = new StringContent(Endless.Replace("STREAM", stream, StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json"),
        };
        Task<HttpResponseMessage> response = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        while (server.Engine.Statistics.Running < 4)
        {
            await server.UntilAsync(() => gate.Waiting);
            gate.Open(1);
        }
        await server.UntilAsync(() => gate.Waiting);

        // The engine stands inside a step. The client leaves; what the engine is told arrives before the next one.
        await leave.CancelAsync();
        client.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            using HttpResponseMessage arrived = await response;
            await arrived.Content.ReadAsStringAsync(leave.Token);
        });
        await server.UntilAsync(() => server.Metric("itc_request_success_total", "finished_reason=\"abort\"") == 4);
        long steps = decoder.Steps;
        gate.Open(1);
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
        Assert.InRange(decoder.Steps, steps, steps + 1);

        gate.Open(1000);
        await server.PostJsonAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
    }

    [Fact]
    public async Task Post_EngineIsFull_Is429WithRetryAfter()
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder, new LlmEngineOptions { MaxSequences = 2 });
        decoder.OnForward = _ => gate.Pass();
        Task<HttpResponseMessage> first = server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2,"n":2,"ignore_eos":true}""");
        await server.UntilAsync(() => server.Engine.Statistics.Live == 2);
        foreach (string stream in (string[])["false", "true"])
        {
            using HttpResponseMessage refused = await server.PostAsync(Chat, $$"""{"messages":[{"role":"user","content":"hi"}],"stream":{{stream}}}""");
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
            Assert.Equal("engine_overloaded", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]);
        }
        gate.Open(1000);
        using HttpResponseMessage answered = await first;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
        await server.PostJsonAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
    }

    [Fact]
    public async Task Post_ForwardPassFails_Is503AndTheServerGoesOn()
    {
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => throw new InvalidOperationException("secret details");
        using (HttpResponseMessage failed = await server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}]}"""))
        {
            string body = await failed.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
            Assert.Equal("engine_unavailable", (string?)JsonNode.Parse(body)!["error"]!["code"]);
            Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        }
        decoder.OnForward = null;
        await server.PostJsonAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
    }

    [Fact]
    public async Task Post_ForwardPassFailsInMidStream_EndsWithAnErrorEvent()
    {
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        long first = decoder.Steps;
        decoder.OnForward = _ => { if (decoder.Steps > first + 20) throw new InvalidOperationException("secret details"); };
        IReadOnlyList<ServerSentEvent> events = await server.StreamAsync(Chat, Endless.Replace("STREAM", "true", StringComparison.Ordinal));
        JsonNode error = JsonNode.Parse(events[^1].Data)!["error"]!;
        Assert.Equal("engine_unavailable", (string?)error["code"]);
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Ready_ThreeFailedPassesInARow_Is503WithTheReasonUntilOneSucceeds()
    {
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => throw new InvalidOperationException("out of memory");
        for (int i = 0; i < 3; i++)
            (await server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}]}""")).Dispose();
        using (HttpResponseMessage notReady = await server.Http.GetAsync("/health/ready"))
        {
            JsonNode body = JsonNode.Parse(await notReady.Content.ReadAsStringAsync())!;
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "not_ready"), (notReady.StatusCode, (string?)body["status"]));
            Assert.Contains("out of memory", (string?)body["reasons"]![0], StringComparison.Ordinal);
        }
        Assert.Equal("live", (string?)(await server.GetJsonAsync("/health/live"))["status"]);
        decoder.OnForward = null;
        await server.PostJsonAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
        Assert.Equal("ready", (string?)(await server.GetJsonAsync("/health/ready"))["status"]);
    }

    [Fact]
    public async Task Stop_RequestsInFlight_AreAnsweredAndNewOnesRefused()
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => gate.Pass();
        using var second = new HttpClient { BaseAddress = server.Address };
        (await second.GetAsync("/health/live")).Dispose();
        Task<HttpResponseMessage> inFlight = server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":20,"ignore_eos":true}""");
        await server.UntilAsync(() => gate.Waiting);

        var lifetime = server.Services.GetRequiredService<IHostApplicationLifetime>();
        // The moment between the signal and the closing of the sockets: connections that are open may still bring requests.
        var refused = new TaskCompletionSource<HttpStatusCode>();
        lifetime.ApplicationStopping.Register(() =>
        {
            using HttpResponseMessage late = second.Send(new HttpRequestMessage(HttpMethod.Post, Chat)
            {
                Content = new StringContent("""{"messages":[{"role":"user","content":"hi"}]}""", System.Text.Encoding.UTF8, "application/json"),
            });
            refused.SetResult(late.StatusCode);
        });
        Task stopping = Task.Run(server.StopAsync);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await refused.Task);
        gate.Open(1000);
        using HttpResponseMessage answered = await inFlight;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        await stopping;
    }

    [Fact]
    public async Task Stop_RequestsThatNeverEnd_AreCutOffAtTheDrainLimit()
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder, flags: ("DrainSeconds", "0"));
        decoder.OnForward = _ => gate.Pass();
        Task<HttpResponseMessage> inFlight = server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}]}""");
        await server.UntilAsync(() => gate.Waiting);
        await server.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => inFlight);
        gate.Open(1000);
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Post_StreamWithALongInterval_SendsWhatCameMeanwhileAsOneDelta()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("StreamIntervalMs", "1000"));
        IReadOnlyList<ServerSentEvent> events = await server.StreamAsync(
            Chat, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":40,"ignore_eos":true,"logprobs":true,"stream":true}""");
        JsonNode[] choices = [.. events.SkipLast(1).Select(e => JsonNode.Parse(e.Data)!["choices"]![0]!)];

        // Five on an idle machine: the role, what was there at first, all the rest with the end, which does not wait, and the reason of the end.
        Assert.InRange(choices.Length, 3, 10);
        Assert.Equal(40, choices.Sum(choice => choice["logprobs"]?["content"]!.AsArray().Count ?? 0));
        Assert.Equal("length", (string?)choices[^1]["finish_reason"]);
    }

    [Fact]
    public async Task Post_SilentStream_IsKeptOpenWithComments()
    {
        using var gate = new Gate();
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder, flags: ("KeepAliveSeconds", "1"));
        decoder.OnForward = _ => gate.Pass();
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat)
        {
            Content = new StringContent("""{"messages":[{"role":"user","content":"hi"}],"max_tokens":2,"stream":true}""", System.Text.Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string? line;
        do
            line = await reader.ReadLineAsync();
        while (line is not null && line != ": keep-alive");
        Assert.NotNull(line);
        gate.Open(1000);
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_UnexpectedFailure_Is500WithoutDetails()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.HashingDecoder(), configure: app => app.MapFailure("/broken", "secret details"));
        using HttpResponseMessage response = await server.Http.GetAsync("/broken");
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        JsonNode error = JsonNode.Parse(body)!["error"]!;
        Assert.Equal(("server_error", "internal_error"), ((string?)error["type"], (string?)error["code"]));
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        await server.GetJsonAsync("/v1/models");
    }
}
