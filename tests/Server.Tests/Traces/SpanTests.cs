using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>What a listener in the process is told of requests.</summary>
public sealed class SpanTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public SpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "InferenceServer",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Spans_OfARequest_AreOneWithAChildForEachCandidate()
    {
        await using TestServer server = await TestServer.StartAsync();
        JsonNode sent = await server.PostJsonAsync("/api/generate", """
            {"messages":[{"role":"user","content":"my secret question"}],"strategies":[{"name":"early_rejection","n":4,"keep":1,"tau":3,"scorer":"random"}],"max_tokens":8,"ignore_eos":true,"seed":5,"temperature":0.5}
            """);
        Activity request = Request(sent);
        Assert.Equal("chat tiny", request.DisplayName);
        Assert.Equal(("chat", "tiny", 0.5, 5L, 8), ((string?)Tag(request, "gen_ai.operation.name"), (string?)Tag(request, "gen_ai.request.model"), (double)Tag(request, "gen_ai.request.temperature")!, (long)Tag(request, "gen_ai.request.seed")!, (int)Tag(request, "gen_ai.request.max_tokens")!));
        Assert.Equal(((long)sent["usage"]!["prompt_tokens"]!, (long)sent["usage"]!["completion_tokens"]!), ((long)Tag(request, "gen_ai.usage.input_tokens")!, (long)Tag(request, "gen_ai.usage.output_tokens")!));
        Assert.Equal(["length"], (string[])Tag(request, "gen_ai.response.finish_reasons")!);
        Assert.Equal(["early_rejection"], (string[])Tag(request, "itc.strategies")!);
        Assert.Equal((4, 3), ((int)Tag(request, "itc.candidates")!, (int)Tag(request, "itc.rejected")!));
        Activity[] candidates = [.. _spans.Where(span => span.ParentSpanId == request.SpanId)];
        Assert.Equal(4, candidates.Length);
        Assert.All(candidates, span => Assert.InRange(span.StartTimeUtc, request.StartTimeUtc, request.StartTimeUtc + request.Duration));
        Assert.Equal(3, candidates.Count(span => span.Events.Any(happened => happened.Name == "rejected")));
        Assert.All(candidates, span => Assert.Contains(span.Events, happened => happened.Name == "score"));
        Assert.DoesNotContain(candidates.Append(request).SelectMany(span => span.TagObjects), tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Spans_ModelFails_HaveTheStatusError()
    {
        ScriptedDecoder decoder = TestServer.HashingDecoder();
        await using TestServer server = await TestServer.StartAsync(decoder);
        decoder.OnForward = _ => throw new InvalidOperationException("The device is gone.");
        using HttpResponseMessage failed = await server.PostAsync("/api/generate", """{"prompt":"failing now","max_tokens":20}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Activity request = Assert.Single(_spans, span => span.Status == ActivityStatusCode.Error);
        Assert.Equal("engine_unavailable", Tag(request, "error.type"));
    }

    [Fact]
    public async Task Start_OtlpEndpointIsNoAddress_StopsTheStartWithOneLine()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await Hosting.ServerProcess.RunAsync(null, "--model", folder.Path, "--otlp-endpoint", "collector");
        Assert.Equal(1, code);
        Assert.Contains("--otlp-endpoint", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_CollectorIsAway_RequestsAreAnswered()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("OtlpEndpoint", "http://127.0.0.1:9"));
        Assert.NotNull((await server.PostJsonAsync("/api/generate", """{"prompt":"a","max_tokens":2}"""))["text"]);
    }

    private Activity Request(JsonNode response) => Assert.Single(_spans, span => (string?)Tag(span, "gen_ai.response.id") == (string?)response["id"]);

    private static object? Tag(Activity span, string name) => span.GetTagItem(name);
}
