using System.Net.Http.Json;
using System.Text.Json.Nodes;
using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Shared;
using InferenceServer.Strategies;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceServer.Server.Tests;

/// <summary>The whole server on a port of its own, with the real engine over a random tiny model, or over a decoder that a test scripts.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string ModelName = "tiny";
    public static int Context => TestModel.Config.ContextLength;

    private readonly WebApplication _app;

    private readonly TemporaryFolder _state;

    private TestServer(WebApplication app, TemporaryFolder state)
    {
        (_app, _state) = (app, state);
        Address = new Uri(app.Urls.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }
    public HttpClient Http { get; }
    public ServedModel Model => _app.Services.GetRequiredService<ServedModel>();
    public LlmEngine Engine => Model.Engine;
    public IServiceProvider Services => _app.Services;
    public InferenceServer.Strategies.State.ISharedState State => Services.GetRequiredService<InferenceServer.Strategies.State.ISharedState>();

    /// <param name="decoder">Null runs the tiny model.</param>
    /// <param name="flags">Settings such as ("Strict", "false").</param>
    /// <param name="configure">Adds to the server before it starts.</param>
    public static async Task<TestServer> StartAsync(
        IDecoder? decoder = null, LlmEngineOptions? engine = null, Action<WebApplication>? configure = null, params (string Key, string Value)[] flags)
    {
        var settings = flags.ToDictionary(flag => $"{ServerOptions.Section}:{flag.Key}", flag => (string?)flag.Value);
        settings.TryAdd($"{ServerOptions.Section}:Urls", "http://127.0.0.1:0");
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        settings.TryAdd($"{ServerOptions.Section}:Model", folder.Path);
        settings.TryAdd($"{ServerOptions.Section}:ModelName", ModelName);
        var state = new TemporaryFolder();
        if (!settings.ContainsKey($"{ServerOptions.Section}:Redis"))
            settings.TryAdd($"{ServerOptions.Section}:State", state.File("state.db"));
        WebApplication app = Program.Build(settings, decoder is null ? ModelLoader.Load : options => Load(options.Model!, decoder, engine));
        configure?.Invoke(app);
        await app.StartAsync();
        var server = new TestServer(app, state);
        await server.UntilAsync(() => server.Services.GetRequiredService<Readiness>().Reasons.Count == 0);
        return server;
    }

    /// <summary>A decoder over the tokenizer's vocabulary whose next token is a pseudo-random function of the prefix.</summary>
    public static ScriptedDecoder HashingDecoder(int slots = 16) => ScriptedDecoder.Hashing(TestModel.Config.VocabSize, slots, Context);

    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        Http.PostAsync(path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"));

    public async Task<JsonNode> PostJsonAsync(string path, string json)
    {
        using HttpResponseMessage response = await PostAsync(path, json);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    public async Task<JsonNode> GetJsonAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>A response's trace, once it is written.</summary>
    public async Task<JsonNode> TraceAsync(JsonNode response)
    {
        while (true)
        {
            using HttpResponseMessage read = await Http.GetAsync($"/api/traces/{response["id"]}");
            string body = await read.Content.ReadAsStringAsync();
            if (read.IsSuccessStatusCode)
                return JsonNode.Parse(body)!;
            Assert.Equal(System.Net.HttpStatusCode.NotFound, read.StatusCode);
            await Task.Delay(5);
        }
    }

    /// <summary>Waits for something that other threads bring about; the run's limit of time ends a test that waits for ever.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    /// <summary>The value of one line of /metrics; 0 when it is not there yet.</summary>
    /// <param name="labels">Text that its labels hold.</param>
    public double Metric(string name, string labels = "")
    {
        using HttpResponseMessage response = Http.Send(new HttpRequestMessage(HttpMethod.Get, "/metrics"));
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string? line = reader.ReadToEnd().Split('\n').FirstOrDefault(line => (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)) && line.Contains(labels, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What /health/ready says: ready, degraded or not_ready.</summary>
    public string? ReadyStatus()
    {
        using HttpResponseMessage response = Http.Send(new HttpRequestMessage(HttpMethod.Get, "/health/ready"));
        return (string?)JsonNode.Parse(response.Content.ReadAsStream())!["status"];
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _state.Dispose();
    }

    private static ServedModel Load(string path, IDecoder decoder, LlmEngineOptions? options)
    {
        using ModelFolder folder = ModelFolder.Open(path);
        var engine = new LlmEngine(decoder, options);
        return new ServedModel(ModelName, folder.Config, folder.Tokenizer, folder.ChatTemplate, engine, new LocalModel(ModelName, engine, folder.Config, folder.Tokenizer, folder.ChatTemplate))
        {
            Created = DateTimeOffset.UnixEpoch,
            Weights = "none",
            Device = "a script",
            Fingerprint = "fp_script",
        };
    }
}
