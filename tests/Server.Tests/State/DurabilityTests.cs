using System.Net;
using InferenceServer.Server.Tests.Hosting;

namespace InferenceServer.Server.Tests.State;

public sealed class DurabilityTests
{
    [Fact]
    public async Task Kill9_InMidWriting_KeepsEveryAcknowledgedWrite()
    {
        using var server = new DurableServer();
        await server.StartAsync();
        IReadOnlyList<string> acknowledged = await server.KillAmongAsync(40, async (client, i) =>
        {
            string name = $"behavior_c{client}_{i}";
            await server.SendAsync(HttpMethod.Put, $"/api/handbooks/math/behaviours/{name}", """{"instruction":"An instruction that is long enough."}""");
            return name;
        });
        await server.StartAsync();
        string[] found = [.. (await server.GetAsync("/api/handbooks/math"))["behaviours"]!.AsArray().Select(entry => (string)entry!["name"]!)];
        Assert.All(acknowledged, name => Assert.Contains(name, found));
    }

    [Fact]
    public async Task Kill9_AmongTraces_KeepsEveryTraceThatCouldBeReadAndItsRetention()
    {
        using var server = new DurableServer();
        await server.StartAsync();
        IReadOnlyList<string> read = await server.KillAmongAsync(20, async (_, _) =>
        {
            string id = await AskAsync();
            // Written in the background: until it can be read, nothing is promised.
            while (!await IsThereAsync(id))
                await Task.Delay(5);
            return id;
        });
        const int Kept = 5;
        await server.StartAsync("--traces-max", $"{Kept}");
        foreach (string id in read)
            Assert.True(await IsThereAsync(id), $"{id} was acknowledged and is gone.");
        // The count goes on: each new trace takes old ones with it, down to the limit.
        string newest = "";
        do
        {
            newest = await AskAsync();
            while (!await IsThereAsync(newest))
                await Task.Delay(5);
        }
        while ((await ListAsync()).Length > Kept);
        Assert.Equal(newest, (await ListAsync())[0]);

        async Task<string> AskAsync() => (string)(await server.PostAsync("/api/generate", """{"prompt":"a","max_tokens":2}"""))["id"]!;

        async Task<bool> IsThereAsync(string id)
        {
            using HttpResponseMessage response = await server.Http.GetAsync($"/api/traces/{id}");
            await response.Content.ReadAsStringAsync();
            return response.StatusCode == HttpStatusCode.OK;
        }

        async Task<string[]> ListAsync() => [.. (await server.GetAsync("/api/traces?limit=100"))["data"]!.AsArray().Select(trace => (string)trace!["id"]!)];
    }
}
