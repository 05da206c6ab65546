using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Hosting;

/// <summary>Server processes over one model and one state file, each started after the one before was killed without a chance to tidy up.</summary>
internal sealed class DurableServer : IDisposable
{
    private const int Clients = 4;

    private readonly TemporaryFolder _state = new(), _model = new();
    private ServerProcess? _process;

    public DurableServer() => TestModel.Write(_model.Path);

    /// <summary>Of the process that runs.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <param name="flags">Beside those that name model and state.</param>
    public async Task StartAsync(params string[] flags)
    {
        _process = ServerProcess.Start(null, ["--model", _model.Path, "--state", _state.File("state.db"), "--urls", "http://127.0.0.1:0", .. flags]);
        await _process.SaysAsync("Stop with Ctrl+C.");
        Http.Dispose();
        Http = new HttpClient { BaseAddress = _process.Address };
    }

    /// <summary>Several clients work at once, as fast as they can; the server is killed among them.</summary>
    /// <param name="enough">Killed once so many were acknowledged.</param>
    /// <param name="work">One piece of work, by client and number: what it returns is acknowledged.</param>
    /// <returns>What was acknowledged.</returns>
    public async Task<IReadOnlyList<string>> KillAmongAsync(int enough, Func<int, int, Task<string>> work)
    {
        var acknowledged = new List<string>();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(WorkAsync)];
        // A client that fails for another reason than the server's death ends the test.
        while (Count() < enough && !clients.Any(client => client.IsCompleted))
            await Task.Delay(5);
        _process!.Dispose();
        await Task.WhenAll(clients);
        return acknowledged;

        async Task WorkAsync(int client)
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    string done = await work(client, i);
                    lock (acknowledged)
                        acknowledged.Add(done);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The server is dead.
            }
        }

        int Count()
        {
            lock (acknowledged)
                return acknowledged.Count;
        }
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await Http.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    public Task<JsonNode> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    public void Dispose()
    {
        Http.Dispose();
        _process?.Dispose();
        _state.Dispose();
        _model.Dispose();
    }
}
