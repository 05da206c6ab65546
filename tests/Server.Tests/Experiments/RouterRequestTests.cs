using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Experiments whose arms a router chooses, over HTTP.</summary>
public sealed class RouterRequestTests(TinyServerFixture tiny) : ExperimentCalls(tiny)
{
    [Fact]
    public async Task Router_OneArmIsAlwaysRight_LearnsItFromFeedbackAndReportsTheAudit()
    {
        await RouteAsync("learnt", """{"name":"thompson","reward":"correct","floor":0.2}""");
        for (int i = 0; i < 40; i++)
        {
            JsonNode part = await AskAsync("learnt", i);
            Assert.True((bool)part["exposed"]!);
            Assert.InRange((double)part["propensity"]!, 0.1, 0.9);
            Assert.Equal("all", (string?)part["context"]);
            await SayAsync(part, (string?)part["arm"] == "bo2" ? 1 : 0);
        }
        JsonNode report = await Server.GetJsonAsync("/api/experiments/learnt"), router = report["router"]!, context = router["contexts"]![0]!;
        Assert.Equal(("thompson", "correct"), ((string?)router["options"]!["name"], (string?)router["reward"]));
        Assert.Equal(("all", 40), ((string?)context["context"], (int)context["requests"]!));
        JsonNode plain = context["arms"]![0]!, better = context["arms"]![1]!;
        Assert.Equal(40, (int)plain["chosen"]! + (int)better["chosen"]!);
        Assert.True((double)better["share"]! > 0.6, context.ToJsonString());
        Assert.Equal((0, 1), ((double)plain["mean"]!, (double)better["mean"]!));
        Assert.Equal(1, (double)better["weighted_mean"]!, 9);
        // The prior of the beta posterior has no part in the regret: every request of the other arm lost one.
        Assert.Equal((double)plain["chosen"]!, (double)context["regret"]!, 6);
        Assert.False((bool)context["suffix_failure"]!);
        // Shares that a router makes are no mismatch.
        Assert.False((bool)report["sample_ratio"]!["alarm"]!);
        string line = (await Server.Http.GetStringAsync("/api/experiments/learnt/export")).Split('\n')[0];
        Assert.InRange((double)JsonNode.Parse(line)!["propensity"]!, 0.1, 0.9);
    }

    [Fact]
    public async Task Feedback_SaidTwiceAndCorrected_CountsOnceAsWhatWasSaidLast()
    {
        await RouteAsync("corrected", """{"name":"greedy","reward":"correct"}""");
        JsonNode part = await AskAsync("corrected", 0);
        await SayAsync(part, 1);
        await SayAsync(part, 1);
        Assert.Equal(1, (double)(await ArmAsync("corrected", (string)part["arm"]!))["mean"]!);
        await SayAsync(part, 0);
        JsonNode arm = await ArmAsync("corrected", (string)part["arm"]!);
        Assert.Equal((1, 0), ((int)arm["chosen"]!, (double)arm["mean"]!));
    }

    [Fact]
    public async Task Router_RewardOfAVerifier_ComesWithTheResponse()
    {
        await RouteAsync("verified", """{"name":"epsilon_greedy"}""");
        JsonNode part = await AskAsync("verified", 0, """, "verifiers":[{"name":"regex","target":"text","pattern":".*"}]""");
        Assert.Equal(1, (double)(await ArmAsync("verified", (string)part["arm"]!))["mean"]!);
    }

    [Fact]
    public async Task Router_LowerIsBetter_RewardsAreNegative()
    {
        await RouteAsync("cheap", """{"name":"ucb1","reward":"answer_tokens","floor":0}""");
        for (int i = 0; i < 12; i++)
            await AskAsync("cheap", i);
        JsonNode context = (await Server.GetJsonAsync("/api/experiments/cheap"))["router"]!["contexts"]![0]!;
        Assert.All(context["arms"]!.AsArray(), arm => Assert.True((double)arm!["mean"]! < 0));
    }

    [Fact]
    public async Task Router_TokensCost_RewardsOfALateLabelAreLessByThem()
    {
        await RouteAsync("costly", """{"name":"greedy","reward":"correct","token_penalty":50}""");
        var tokens = new Dictionary<string, int>();
        for (int i = 0; i < 4; i++)
        {
            JsonNode part = await AskAsync("costly", i, """, "ignore_eos":true""");
            tokens[(string)part["arm"]!] = (int)part["completion_tokens"]!;
            await SayAsync(part, 1);
        }
        JsonNode router = (await Server.GetJsonAsync("/api/experiments/costly"))["router"]!;
        Assert.Equal(50, (double)router["token_penalty"]!);
        Assert.Null(router["latency_penalty"]);
        Assert.Equal((2, 4), (tokens["plain"], tokens["bo2"]));
        Assert.Equal([0.9, 0.8], router["contexts"]![0]!["arms"]!.AsArray().Select(arm => Math.Round((double)arm!["mean"]!, 9)));
        await RefusedAsync(HttpMethod.Put, "/api/experiments/costly", $$"""{"arms":{{Arms}},"router":{"name":"greedy","token_penalty":-1} }""", 400, "invalid_value", "router.token_penalty");
    }

    [Fact]
    public async Task Router_Contexts_AreLearntApart()
    {
        await RouteAsync("contexts", """{"name":"thompson","context":"class"}""");
        Assert.Equal("text", (string?)(await AskAsync("contexts", 0, content: "hello there"))["context"]);
        Assert.Equal("numbers", (string?)(await AskAsync("contexts", 0, content: "what is 2 plus 3"))["context"]);
        JsonNode contexts = (await Server.GetJsonAsync("/api/experiments/contexts"))["router"]!["contexts"]!;
        Assert.Equal(["numbers", "text"], contexts.AsArray().Select(context => (string)context!["context"]!));
    }

    [Fact]
    public async Task Arm_NamedByTheRequest_IsNoChoiceOfTheRouter()
    {
        await RouteAsync("forced", """{"name":"thompson"}""");
        JsonNode answer = await Server.PostJsonAsync("/v1/completions", """{"prompt":"a","max_tokens":1,"experiment":{"name":"forced","arm":"bo2"}}""");
        Assert.Null(answer["experiment"]!["propensity"]);
        Assert.Empty((await Server.GetJsonAsync("/api/experiments/forced"))["router"]!["contexts"]!.AsArray());
    }

    [Fact]
    public async Task Router_InTheRequestItself_NeedsNothingBefore()
    {
        string body = $$"""{"prompt":"a","max_tokens":1,"experiment":{"name":"inline-router","arms":{{Arms}},"router":{"name":"greedy"} } }""";
        Assert.Equal(0.5, (double)(await Server.PostJsonAsync("/v1/completions", body))["experiment"]!["propensity"]!);
        string message = await RefusedAsync(HttpMethod.Post, "/v1/completions", body.Replace("greedy", "ucb1", StringComparison.Ordinal), 409, "experiment_conflict", "experiment.router");
        Assert.Contains("greedy", message, StringComparison.Ordinal);
        Assert.Contains("ucb1", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"oracle"}""", "router.name")]
    [InlineData("""{"name":"ucb1","c":-1}""", "router.c")]
    [InlineData("""{"name":"thompson","epsilon":0.1}""", "router.epsilon")]
    [InlineData("""{"name":"thompson","reward":"not a name"}""", "router.reward")]
    [InlineData("\"thompson\"", "router")]
    public async Task Put_RouterThatCannotBe_Is400WithItsPath(string router, string path)
    {
        await RefusedAsync(HttpMethod.Put, "/api/experiments/bad", $$"""{"arms":{{Arms}},"router":{{router}} }""", 400, "invalid_value", path);
        await RefusedAsync(HttpMethod.Post, "/v1/completions", $$"""{"prompt":"a","experiment":{"name":"bad","arms":{{Arms}},"router":{{router}} } }""", 400, "invalid_value", $"experiment.{path}");
    }

    [Fact]
    public async Task Put_RouterBesideARamp_Is400() => await RefusedAsync(
        HttpMethod.Put, "/api/experiments/bad", $$"""{"arms":{{Arms}},"router":{"name":"thompson"},"ramp":[{"after_exposures":5,"weights":{"bo2":2} }]}""", 400, "invalid_value", "ramp");

    [Fact]
    public async Task Request_RouterWithoutArms_Is400()
    {
        await RouteAsync("own", """{"name":"thompson"}""");
        await RefusedAsync(HttpMethod.Post, "/v1/completions", """{"prompt":"a","experiment":{"name":"own","router":{"name":"greedy"} } }""", 400, "invalid_value", "experiment.router");
    }

    [Fact]
    public async Task Restart_OfTheServer_ForgetsNothing()
    {
        using var folder = new TemporaryFolder();
        string arm;
        await using (TestServer before = await TestServer.StartAsync(flags: ("State", folder.File("state.db"))))
        {
            await before.Http.PutAsync("/api/experiments/kept", new StringContent($$"""{"arms":{{Arms}},"router":{"name":"greedy","reward":"correct"} }""", Encoding.UTF8, "application/json"));
            JsonNode answer = await before.PostJsonAsync("/v1/completions", """{"model":"exp/kept","prompt":"a","max_tokens":1}""");
            arm = (string)answer["experiment"]!["arm"]!;
            await before.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"correct","value":true}""");
        }
        await using TestServer after = await TestServer.StartAsync(flags: ("State", folder.File("state.db")));
        JsonNode known = (await after.GetJsonAsync("/api/experiments/kept"))["router"]!["contexts"]![0]!["arms"]!.AsArray().Single(one => (string?)one!["name"] == arm)!;
        Assert.Equal((1, 1), ((int)known["chosen"]!, (double)known["mean"]!));
    }

    private Task<JsonNode> RouteAsync(string name, string router) => PutAsync(name, $$"""{"arms":{{Arms}},"router":{{router}} }""");

    /// <summary>The response's part in the experiment, with its id.</summary>
    private async Task<JsonNode> AskAsync(string experiment, int seed, string more = "", string content = "hi")
    {
        JsonNode answer = await Server.PostJsonAsync("/v1/chat/completions", $$"""{"model":"exp/{{experiment}}","messages":[{"role":"user","content":"{{content}}"}],"max_tokens":2,"seed":{{seed}}{{more}}}""");
        JsonNode part = answer["experiment"]!;
        part["id"] = (string?)answer["id"];
        part["completion_tokens"] = (int)answer["usage"]!["completion_tokens"]!;
        return part;
    }

    private Task<JsonNode> SayAsync(JsonNode part, int value) => Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{part["id"]}}","name":"correct","value":{{value}}}""");

    private async Task<JsonNode> ArmAsync(string experiment, string arm) =>
        (await Server.GetJsonAsync($"/api/experiments/{experiment}"))["router"]!["contexts"]![0]!["arms"]!.AsArray().Single(one => (string?)one!["name"] == arm)!;
}
