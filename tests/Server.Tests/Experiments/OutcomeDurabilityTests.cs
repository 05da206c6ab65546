using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Server.Tests.Hosting;
using InferenceServer.Server.Tests.State;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>What was acknowledged of an experiment outlives the server's death and Redis's; what could not be recorded is said.</summary>
public sealed class OutcomeDurabilityTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Named = """{"prompt":"a","max_tokens":2,"experiment":{"name":"durable","unit":"UNIT","arms":[{"name":"a"},{"name":"b","sampling":{"temperature":0.5}}]}}""";

    [Fact]
    public async Task Kill9_InMidExperiment_KeepsEveryAcknowledgedOutcome()
    {
        using var server = new DurableServer();
        await server.StartAsync();
        var exposed = new ConcurrentBag<string>();
        IReadOnlyList<string> labelled = await server.KillAmongAsync(40, async (client, i) =>
        {
            JsonNode answer = await server.PostAsync("/v1/completions", Named.Replace("UNIT", $"{client}-{i}", StringComparison.Ordinal));
            string id = (string)answer["id"]!;
            Assert.True((bool)answer["experiment"]!["exposed"]!);
            exposed.Add(id);
            await server.PostAsync("/api/feedback", Label(id));
            return id;
        });
        await server.StartAsync();
        JsonNode[] lines = [.. (await server.Http.GetStringAsync("/api/experiments/durable/export")).TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)];
        string[] found = [.. lines.Select(line => (string)line["request_id"]!)];
        Assert.All(exposed, id => Assert.Contains(id, found));
        string[] said = [.. lines.Where(line => line["labels"]!["correct"] is not null).Select(line => (string)line["request_id"]!)];
        Assert.All(labelled, id => Assert.Contains(id, said));
        Assert.Equal(found.Length, found.Distinct().Count());
        // A client that does not know whether its label arrived sends it again.
        Assert.Equal("unchanged", (string?)(await server.PostAsync("/api/feedback", Label(labelled[0])))["status"]);

        static string Label(string id) => $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
    }

    [Fact]
    public async Task Redis_DiesAndComesBack_LosesNoOutcomeAndSaysWhatWasNotRecorded()
    {
        RedisServer.Require();
        await using TestServer server = await TestServer.StartAsync(flags: ("Redis", redis.Configuration));
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        string unit = Named.Replace("UNIT", "u", StringComparison.Ordinal);
        JsonNode before = await server.PostJsonAsync("/v1/completions", unit);
        string feedback = $$"""{"request_id":"{{before["id"]}}","name":"correct","value":true}""";
        await server.PostJsonAsync("/api/feedback", feedback);
        await redis.KillAsync();
        try
        {
            for (int i = 0; i < 3; i++)
            {
                JsonNode away = await server.PostJsonAsync("/v1/completions", unit);
                Assert.Equal((false, "state_unavailable"), ((bool)away["experiment"]!["exposed"]!, (string?)away["experiment"]!["reason"]));
                // The arm does not depend on the state.
                Assert.Equal((string?)before["experiment"]!["arm"], (string?)away["experiment"]!["arm"]);
            }
            using HttpResponseMessage refused = await server.PostAsync("/api/feedback", feedback);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("state_unavailable", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]);
            using HttpResponseMessage models = await server.Http.GetAsync("/v1/models");
            Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        }
        finally
        {
            await redis.StartAsync();
        }
        await server.UntilAsync(() => server.ReadyStatus() == "ready");
        Assert.Equal("unchanged", (string?)(await server.PostJsonAsync("/api/feedback", feedback))["status"]);
        JsonNode arm = (await server.GetJsonAsync("/api/experiments/durable"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! > 0)!;
        Assert.Equal((1, 1), ((int)arm["exposures"]!, (int)arm["metrics"]!["correct"]!["n"]!));
    }

    [Fact]
    public async Task Redis_IsAwayFromTheStart_AnswersExperimentsOfRequestsAndRefusesNamedOnes()
    {
        var nobody = new RedisServer();
        await using TestServer server = await TestServer.StartAsync(flags: ("Redis", nobody.Configuration));
        JsonNode answer = await server.PostJsonAsync("/v1/completions", Named);
        Assert.Equal((false, "state_unavailable"), ((bool)answer["experiment"]!["exposed"]!, (string?)answer["experiment"]!["reason"]));
        using HttpResponseMessage named = await server.PostAsync("/v1/completions", """{"model":"exp/checkout","prompt":"a"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, named.StatusCode);
        await nobody.DisposeAsync();
    }
}
