using System.Globalization;
using InferenceServer.Modeling;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.State;
using InferenceServer.Workloads;

namespace InferenceServer.Server.Benchmarks;

/// <summary>A whole server over a random model of some shape, with a state file of its own; requests are run without HTTP, which costs the same whatever is compared.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly string _folder;

    private BenchmarkServer(WebApplication app, string folder) => (App, _folder) = (app, folder);

    public WebApplication App { get; }
    public ServedModel Model => App.Services.GetRequiredService<ServedModel>();

    public static async Task<BenchmarkServer> StartAsync(ModelShape shape, int slots, bool spin, params (string Key, string Value)[] settings)
    {
        string folder = Directory.CreateTempSubdirectory("server-benchmarks-").FullName;
        shape.Config.Save(Path.Combine(folder, ModelFolder.ConfigFile));
        PairTokenizer.Write(Path.Combine(folder, "tokenizer.json"), shape.Config.VocabSize);
        SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(shape.Config), ModelShape.Weights);
        var flags = new Dictionary<string, string?>
        {
            ["Server:Model"] = folder,
            ["Server:Urls"] = "http://127.0.0.1:0",
            ["Server:Spin"] = spin.ToString(),
            ["Server:Context"] = "512",
            ["Server:Slots"] = slots.ToString(CultureInfo.InvariantCulture),
            ["Server:State"] = Path.Combine(folder, "state.db"),
        };
        foreach ((string key, string value) in settings)
            flags[$"Server:{key}"] = value;
        WebApplication app = Program.Build(flags);
        await app.StartAsync();
        return new(app, folder);
    }

    /// <summary>Runs one request to its end.</summary>
    public async Task<Outcome> RunAsync(CompletionRequest fields, int tokens)
    {
        int[] prompt = [.. fields.Prompt.Items[0].Tokens!];
        var identity = new RequestIdentity(Tenant.Default, "/v1/completions", $"cmpl-{Guid.CreateVersion7():N}", DateTimeOffset.UtcNow);
        GenerationJob job = App.Services.GetRequiredService<JobFactory>().Create(new DefaultHttpContext(), identity, fields, [new(prompt, "prompt")], 1, tokens, "max_tokens", 0);
        return await App.Services.GetRequiredService<GenerationService>().RunAsync(job, Keep.None, null, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
