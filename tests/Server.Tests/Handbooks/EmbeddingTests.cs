using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace InferenceServer.Server.Tests.Handbooks;

/// <summary>Handbooks searched by meaning: a service beside the server makes the vectors.</summary>
public sealed class EmbeddingTests : IAsyncLifetime
{
    private const string Ask = """{"prompt":"zebra","max_tokens":2,"ignore_eos":true,"strategies":[{"name":"handbook","handbook":"math","retrieval":"embedding","k":1,"inclusion":1}]}""";

    private readonly List<JsonNode> _asked = [];
    private readonly WebApplication _service;
    private Func<string[], IResult> _reply = texts => Vectors(texts.Select(text => new[] { text.Count('z'), 1.0 }));

    public EmbeddingTests()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _service = builder.Build();
        _service.Urls.Add("http://127.0.0.1:0");
        _service.MapPost("/v1/embeddings", (HttpRequest request, JsonNode body) =>
        {
            lock (_asked)
                _asked.Add(body);
            body["authorization"] = (string?)request.Headers.Authorization;
            return _reply([.. body["input"]!.AsArray().Select(text => (string)text!)]);
        });
    }

    public async ValueTask InitializeAsync() => await _service.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task Retrieval_ByMeaning_TakesTheNearestAndAsksOnceForEachText()
    {
        await using TestServer server = await StartAsync();
        for (int i = 0; i < 2; i++)
            Assert.Null((await server.PostJsonAsync("/api/generate", Ask))["notes"]);
        while (await ShownAsync(server, "behavior_b") < 2)
            await Task.Delay(5);
        Assert.Equal(0, await ShownAsync(server, "behavior_a"));
        JsonNode asked = Assert.Single(_asked);
        Assert.Equal(("small", "Bearer secret"), ((string?)asked["model"], (string?)asked["authorization"]));
        Assert.Equal(3, asked["input"]!.AsArray().Count);
    }

    public static TheoryData<string, Func<string[], IResult>> Failures => new()
    {
        { "status 500", _ => Results.StatusCode(500) },
        { "not of OpenAI's form", _ => Results.Text("busy") },
        { "not of OpenAI's form", _ => Results.Json(new { data = 7 }) },
        { "not of OpenAI's form", texts => Vectors(texts.Skip(1).Select(_ => new[] { 1.0 })) },
        { "differ in length", texts => Vectors(texts.Select((_, i) => new double[i + 1])) },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Retrieval_ServiceFails_FallsBackOnWordsAndSaysSo(string said, Func<string[], IResult> reply)
    {
        await using TestServer server = await StartAsync();
        _reply = reply;
        JsonNode body = await server.PostJsonAsync("/api/generate", Ask);
        string note = (string)Assert.Single(body["notes"]!.AsArray())!;
        Assert.Contains(said, note, StringComparison.Ordinal);
        Assert.Contains("found by their words", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retrieval_NobodyListens_FallsBackOnWords()
    {
        await using TestServer server = await StartAsync();
        await _service.StopAsync();
        Assert.Contains("cannot be reached", (string?)(await server.PostJsonAsync("/api/generate", Ask))["notes"]![0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("here", "small", "is no address")]
    [InlineData("http://127.0.0.1:9/v1", null, "--embeddings-model")]
    public async Task Start_SettingsDoNotFit_StopsTheStartWithOneLine(string url, string? model, string said)
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await Hosting.ServerProcess.RunAsync(null, ["--model", folder.Path, "--embeddings-url", url, .. model is null ? [] : (string[])["--embeddings-model", model]]);
        Assert.Equal(1, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static IResult Vectors(IEnumerable<double[]> vectors) => Results.Json(new { data = vectors.Select((embedding, index) => new { index, embedding }) });

    private async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync(flags: [("EmbeddingsUrl", _service.Urls.First() + "/v1"), ("EmbeddingsModel", "small"), ("EmbeddingsKey", "secret")]);
        const string Handbook = """{"behaviours":[{"name":"behavior_a","instruction":"An instruction that is long enough."},{"name":"behavior_b","instruction":"zzzz zzzz zzzz zzzz zzzz"}]}""";
        using HttpResponseMessage written = await server.Http.PutAsync("/api/handbooks/math", new StringContent(Handbook, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        return server;
    }

    private static async Task<int> ShownAsync(TestServer server, string behaviour) => (int)(await server.GetJsonAsync($"/api/handbooks/math/behaviours/{behaviour}"))["counters"]!["shown"]!;
}
