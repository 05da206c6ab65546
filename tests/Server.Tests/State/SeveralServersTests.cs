using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Server.Tests.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.State;

/// <summary>Two server processes on one real Redis: one memory, whichever of them is asked, and whichever of the three dies.</summary>
public sealed class SeveralServersTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Arms = """[{"name":"plain","strategies":[]},{"name":"bo2","strategies":[{"name":"best_of_n","n":2}]}]""";
    private const int RequestsPerMinute = 150;

    [Fact]
    public async Task TwoServers_OnOneRedis_ShareEverythingAndLoseNothing()
    {
        RedisServer.Require();
        using var model = new TemporaryFolder();
        TestModel.Write(model.Path);
        using ServerProcess first = Start(model.Path), second = Start(model.Path);
        using HttpClient one = await ReadyAsync(first), two = await ReadyAsync(second);
        HttpClient[] both = [one, two];

        // The same unit gets the same arm, on a server that never heard of the experiment from its client.
        await SendAsync(one, HttpMethod.Put, "/api/experiments/sticky", $$"""{"arms":{{Arms}}}""");
        var arms = new HashSet<string>();
        var acknowledged = new List<string>();
        for (int unit = 0; unit < 10; unit++)
        {
            JsonNode[] answers = [await AskAsync(one, "sticky", $"user-{unit}"), await AskAsync(two, "sticky", $"user-{unit}")];
            Assert.Single(answers.Select(answer => (string)answer["experiment"]!["arm"]!).Distinct());
            arms.Add((string)answers[0]["experiment"]!["arm"]!);
            acknowledged.AddRange(answers.Select(answer => (string)answer["id"]!));
        }
        Assert.Equal(2, arms.Count);

        // One handbook.
        await SendAsync(one, HttpMethod.Put, "/api/handbooks/shared/behaviours/behavior_count", """{"instruction":"Count what is left before you answer."}""");
        Assert.Equal("behavior_count", (string?)(await GetAsync(two, "/api/handbooks/shared"))["behaviours"]![0]!["name"]);

        // One posterior: requests on either, the reward always told to the other.
        await SendAsync(two, HttpMethod.Put, "/api/experiments/routed", $$"""{"arms":{{Arms}},"router":{"name":"thompson","reward":"correct","discount":1} }""");
        await UntilAsync(async () => (await GetAsync(one, "/api/experiments/routed"))["router"] is not null);
        for (int i = 0; i < 20; i++)
        {
            JsonNode answer = await AskAsync(both[i % 2], "routed", $"user-{i}");
            await SayAsync(both[1 - i % 2], (string)answer["id"]!, (string?)answer["experiment"]!["arm"] == "bo2" ? 1 : 0);
        }
        (string Name, int Chosen, double? Mean)[] known = await PosteriorAsync(one);
        Assert.Equal(known, await PosteriorAsync(two));
        Assert.Equal(20, known.Sum(arm => arm.Chosen));
        Assert.All(known, arm => Assert.True(arm.Mean is null || arm.Mean == (arm.Name == "bo2" ? 1 : 0)));

        // One server dies among requests: what it acknowledged is on the other.
        Task<List<string>> client = AskUntilItFailsAsync(one);
        await UntilAsync(async () => (await ExportedAsync(two)).Count > acknowledged.Count + 3);
        first.Dispose();
        acknowledged.AddRange(await client);
        Assert.Subset((await ExportedAsync(two)).ToHashSet(), acknowledged.ToHashSet());
        Assert.Equal(known, await PosteriorAsync(two));

        // Redis dies: requests are answered and say that they do not count; labels are refused, so that they are sent again.
        await redis.KillAsync();
        JsonNode alone = await AskAsync(two, "routed", "user-0");
        Assert.Equal((false, "state_unavailable"), ((bool)alone["experiment"]!["exposed"]!, (string?)alone["experiment"]!["reason"]));
        using (HttpResponseMessage refused = await two.PostAsync("/api/feedback", Json($$"""{"request_id":"{{acknowledged[0]}}","name":"correct","value":1}""")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("state_unavailable", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]);
        }
        await redis.StartAsync();
        await UntilAsync(async () => (string?)(await GetAsync(two, "/health/ready"))["status"] == "ready");
        Assert.Subset((await ExportedAsync(two)).ToHashSet(), acknowledged.ToHashSet());
        Assert.Equal(known, await PosteriorAsync(two));
        await SayAsync(two, acknowledged[0], 1);

        // One limit, which a server that just started shares: nothing of it is in any process.
        using ServerProcess third = Start(model.Path);
        using HttpClient three = await ReadyAsync(third);
        Assert.Equal(known, await PosteriorAsync(three));
        bool isShared = false;
        // A minute may end between the two requests, but not each time.
        for (int attempt = 0; attempt < 5 && !isShared; attempt++)
        {
            while (await StatusAsync(two) != HttpStatusCode.TooManyRequests)
            {
            }
            isShared = await StatusAsync(three) == HttpStatusCode.TooManyRequests;
        }
        Assert.True(isShared);
    }

    [Fact]
    public async Task Ramp_AfterExposuresOnBoth_IsTakenOnceAndBothServersAssignAlike()
    {
        const int After = 8;
        RedisServer.Require();
        using var model = new TemporaryFolder();
        TestModel.Write(model.Path);
        using ServerProcess first = Start(model.Path, requestsPerMinute: 100_000), second = Start(model.Path, requestsPerMinute: 100_000);
        using HttpClient one = await ReadyAsync(first), two = await ReadyAsync(second);
        HttpClient[] both = [one, two];
        await SendAsync(one, HttpMethod.Put, "/api/experiments/ramped", $$"""{"arms":{{Arms}},"ramp":[{"after_exposures":{{After}},"weights":{"bo2":99} }]}""");
        // Neither server sees as many itself.
        await Task.WhenAll(Enumerable.Range(0, After).Select(unit => AskAsync(both[unit % 2], "ramped", $"before-{unit}")));
        foreach (HttpClient server in both)
            await UntilAsync(async () => (double)(await GetAsync(server, "/api/experiments/ramped"))["arms"]![1]!["weight"]! == 99);
        Assert.All(await Task.WhenAll(both.Select(server => GetAsync(server, "/api/experiments/ramped"))), report => Assert.Null(report["ramp"]));
        for (int unit = 0; unit < 8; unit++)
        {
            string[] arms = [.. (await Task.WhenAll(both.Select(server => AskAsync(server, "ramped", $"after-{unit}")))).Select(answer => (string)answer["experiment"]!["arm"]!)];
            Assert.Equal(arms[0], arms[1]);
        }
        // One period more, and not one for each server.
        string[] lines = (await one.GetStringAsync("/api/experiments/ramped/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1, lines.Max(line => (int)JsonNode.Parse(line)!["period"]!));
    }

    private ServerProcess Start(string model, int requestsPerMinute = RequestsPerMinute) => ServerProcess.Start(
        null, "--model", model, "--redis", redis.Configuration, "--requests-per-minute", $"{requestsPerMinute}", "--urls", "http://127.0.0.1:0");

    private static async Task<HttpClient> ReadyAsync(ServerProcess server)
    {
        await server.SaysAsync("Stop with Ctrl+C.");
        var http = new HttpClient { BaseAddress = server.Address };
        await UntilAsync(async () => (string?)(await GetAsync(http, "/health/ready"))["status"] == "ready");
        return http;
    }

    /// <summary>The ids of the responses that came and say that they are on record.</summary>
    private static async Task<List<string>> AskUntilItFailsAsync(HttpClient http)
    {
        var acknowledged = new List<string>();
        try
        {
            for (int i = 0; ; i++)
            {
                JsonNode answer = await AskAsync(http, "sticky", $"other-{i}");
                if ((bool)answer["experiment"]!["exposed"]!)
                    acknowledged.Add((string)answer["id"]!);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return acknowledged;
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http)
    {
        using HttpResponseMessage response = await http.PostAsync("/v1/completions", Json("""{"prompt":"a","max_tokens":1}"""));
        return response.StatusCode;
    }

    /// <summary>Asks; while the minute's requests are used up it waits as the server says, as clients do.</summary>
    private static async Task<JsonNode> AskAsync(HttpClient http, string experiment, string unit)
    {
        while (true)
        {
            using HttpResponseMessage response = await http.PostAsync("/v1/completions", Json($$"""{"model":"exp/{{experiment}}","prompt":"a","max_tokens":1,"user":"{{unit}}"}"""));
            if (response.StatusCode != HttpStatusCode.TooManyRequests)
                return await ReadAsync(response);
            await Task.Delay(response.Headers.RetryAfter!.Delta!.Value);
        }
    }

    private static Task<JsonNode> SayAsync(HttpClient http, string request, int value) =>
        SendAsync(http, HttpMethod.Post, "/api/feedback", $$"""{"request_id":"{{request}}","name":"correct","value":{{value}}}""");

    private static async Task<(string Name, int Chosen, double? Mean)[]> PosteriorAsync(HttpClient http) =>
        [.. (await GetAsync(http, "/api/experiments/routed"))["router"]!["contexts"]![0]!["arms"]!.AsArray().Select(arm => ((string)arm!["name"]!, (int)arm["chosen"]!, (double?)arm["mean"]))];

    private static async Task<IReadOnlyList<string>> ExportedAsync(HttpClient http) =>
        [.. (await http.GetStringAsync("/api/experiments/sticky/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["request_id"]!)];

    private static async Task<JsonNode> SendAsync(HttpClient http, HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = Json(json) };
        using HttpResponseMessage response = await http.SendAsync(request);
        return await ReadAsync(response);
    }

    private static async Task<JsonNode> GetAsync(HttpClient http, string path) => JsonNode.Parse(await http.GetStringAsync(path))!;

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(20);
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
