using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Server.Tests.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.State;

public sealed class DurabilityTests
{
    [Fact]
    public async Task Kill9_InMidWriting_KeepsEveryAcknowledgedWrite()
    {
        using var folder = new TemporaryFolder();
        using var model = new TemporaryFolder();
        TestModel.Write(model.Path);
        string file = folder.File("state.db");
        var acknowledged = new List<string>();
        using (ServerProcess server = await StartAsync(model.Path, file))
        {
            using var http = new HttpClient { BaseAddress = server.Address };
            // Several clients write as fast as they can; the server is killed among them, without a chance to tidy up.
            Task[] clients = [.. Enumerable.Range(0, 4).Select(client => WriteAsync(http, client))];
            while (Count() < 40)
                await Task.Delay(5);
            server.Dispose();
            await Task.WhenAll(clients);
        }
        using (ServerProcess server = await StartAsync(model.Path, file))
        {
            using var http = new HttpClient { BaseAddress = server.Address };
            JsonNode handbook = JsonNode.Parse(await http.GetStringAsync("/api/handbooks/math"))!;
            string[] found = [.. handbook["behaviours"]!.AsArray().Select(entry => (string)entry!["name"]!)];
            Assert.All(acknowledged, name => Assert.Contains(name, found));
        }

        async Task WriteAsync(HttpClient http, int client)
        {
            for (int i = 0; ; i++)
            {
                string name = $"behavior_c{client}_{i}";
                try
                {
                    using var content = new StringContent("""{"instruction":"An instruction that is long enough."}""", Encoding.UTF8, "application/json");
                    using HttpResponseMessage response = await http.PutAsync($"/api/handbooks/math/behaviours/{name}", content);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                    await response.Content.ReadAsStringAsync();
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    return;
                }
                lock (acknowledged)
                    acknowledged.Add(name);
            }
        }

        int Count()
        {
            lock (acknowledged)
                return acknowledged.Count;
        }
    }

    private static async Task<ServerProcess> StartAsync(string model, string file)
    {
        var server = ServerProcess.Start(null, "--model", model, "--state", file, "--urls", "http://127.0.0.1:0");
        await server.SaysAsync("Stop with Ctrl+C.");
        return server;
    }
}
