using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>An experiment inside a request: assignment, echo, and what is refused.</summary>
public sealed class ExperimentRequestTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Arms = """[{"name":"plain","strategies":[]},{"name":"bo2","weight":1,"strategies":[{"name":"best_of_n","n":2}]}]""";
    private static readonly string[] Paths = ["/v1/chat/completions", "/v1/completions", "/api/generate"];

    private readonly TestServer _server = tiny.Server;

    public static TheoryData<string> Endpoints => [.. Paths];

    [Theory, MemberData(nameof(Endpoints))]
    public async Task Post_Experiment_AnswersByTheUnitsArmAndSaysSo(string path)
    {
        var seen = new Dictionary<string, string>();
        foreach (string unit in Enumerable.Range(0, 12).Select(i => $"user-{i % 6}"))
        {
            using HttpResponseMessage response = await PostAsync(path, $$""" "experiment":{"name":"each-endpoint","unit":"{{unit}}","arms":{{Arms}}}""");
            JsonNode body = await ReadAsync(response);
            string arm = (string)body["experiment"]!["arm"]!;
            Assert.Equal(("each-endpoint", true), ((string?)body["experiment"]!["name"], (bool)body["experiment"]!["exposed"]!));
            Assert.Equal(("each-endpoint", arm, "experiment"), (Header(response, "x-experiment"), Header(response, "x-arm"), Header(response, "x-strategies-source")));
            Assert.Equal(arm == "plain" ? 0 : 1, body["strategies"]!.AsArray().Count);
            // Sticky.
            Assert.Equal(arm, seen.TryAdd(unit, arm) ? arm : seen[unit]);
        }
        Assert.Equal(2, seen.Values.Distinct().Count());
    }

    [Fact]
    public async Task Post_Stream_NamesTheArmInTheFirstEventAndTheHeader()
    {
        using HttpResponseMessage response = await PostAsync(Paths[0], $$""" "stream":true,"experiment":{"name":"streamed","unit":"u","arms":{{Arms}}}""");
        string text = await response.Content.ReadAsStringAsync();
        Assert.Contains($$""" "experiment":{"name":"streamed","arm":"{{Header(response, "x-arm")}}"}""".Trim(), text.Split('\n')[0], StringComparison.Ordinal);
        using HttpResponseMessage native = await PostAsync(Paths[2], $$""" "stream":true,"experiment":{"name":"streamed","unit":"u","arms":{{Arms}}}""");
        Assert.Contains("\"exposed\":true", await native.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_NoUnit_TakesTheUserThenThePrompt()
    {
        string experiment = $$""" "experiment":{"name":"units","arms":{{Arms}}}""";
        string byUser = "", byUnit = "";
        var byPrompt = new HashSet<string>();
        for (int i = 0; i < 16; i++)
        {
            byUser += await ArmAsync($$"""{"prompt":"a{{i}}","max_tokens":1,"user":"user-{{i}}",{{experiment}}}""");
            byUnit += await ArmAsync($$"""{"prompt":"a","max_tokens":1,{{experiment.Replace("\"units\",", $"\"units\",\"unit\":\"user-{i}\",", StringComparison.Ordinal)}}}""");
            string prompt = $$"""{"prompt":"number {{i}}","max_tokens":1,{{experiment}}}""";
            string arm = await ArmAsync(prompt);
            Assert.Equal(arm, await ArmAsync(prompt));
            byPrompt.Add(arm);
        }
        Assert.Equal(byUnit, byUser);
        Assert.Equal(2, byPrompt.Count);

        async Task<string> ArmAsync(string json) => (string)(await _server.PostJsonAsync("/v1/completions", json))["experiment"]!["arm"]!;
    }

    [Fact]
    public async Task Post_ArmIsNamed_TakesItAndStaysOutOfTheStatistics()
    {
        foreach (string arm in (string[])["plain", "bo2"])
        {
            JsonNode body = await ReadAsync(await PostAsync(Paths[2], $$""" "experiment":{"name":"forced","unit":"u","arm":"{{arm}}","arms":{{Arms}}}"""));
            Assert.Equal((arm, false, "forced"), ((string?)body["experiment"]!["arm"], (bool)body["experiment"]!["exposed"]!, (string?)body["experiment"]!["reason"]));
        }
    }

    [Theory]
    [InlineData("""[{"name":"a"},{"name":"b","sampling":{"temperature":1}}]""", "", "same_work")]
    [InlineData("""[{"name":"a","strategies":[{"name":"best_of_n","n":4}]},{"name":"b","model":"tiny:best_of_n"}]""", "", "same_work")]
    [InlineData("""[{"name":"a"},{"name":"b","sampling":{"temperature":0.5}}]""", "", null)]
    [InlineData("""[{"name":"a"},{"name":"b","sampling":{"temperature":0.5}},{"name":"c"}]""", "", null)]
    [InlineData("""[{"name":"a"},{"name":"b","sampling":{"temperature":0.5}}]""", ",\"max_tokens\":0,\"echo\":true", "nothing_generated")]
    public async Task Post_ArmMakesNoDifference_IsNoExposure(string arms, string more, string? reason)
    {
        string name = $"work-{Math.Abs(string.GetHashCode(arms + more, StringComparison.Ordinal))}";
        JsonNode body = await _server.PostJsonAsync("/v1/completions", $$$"""{"prompt":"a"{{{(more.Length > 0 ? more : ",\"max_tokens\":1")}}},"experiment":{"name":"{{{name}}}","unit":"u","arms":{{{arms}}}}}""");
        Assert.Equal((reason is null, reason), ((bool)body["experiment"]!["exposed"]!, (string?)body["experiment"]!["reason"]));
    }

    [Fact]
    public async Task Post_ArmHasSampling_WinsOverTheRequests()
    {
        const string Greedy = """[{"name":"a","sampling":{"temperature":0}},{"name":"b","sampling":{"temperature":2}}]""";
        string Text(JsonNode body) => (string)body["choices"]![0]!["text"]!;
        string greedy = Text(await _server.PostJsonAsync("/v1/completions", """{"prompt":"a","max_tokens":8,"temperature":0}"""));
        JsonNode arm = await _server.PostJsonAsync("/v1/completions", $$$"""{"prompt":"a","max_tokens":8,"temperature":1.5,"seed":3,"experiment":{"name":"greedy","arm":"a","arms":{{{Greedy}}}}}""");
        Assert.Equal(greedy, Text(arm));
    }

    [Theory]
    [InlineData("""{"arms":ARMS}""", 400, "missing_required_parameter", "experiment.name")]
    [InlineData("""{"name":"a b","arms":ARMS}""", 400, "invalid_value", "experiment.name")]
    [InlineData("""{"name":"x","arms":[]}""", 400, "invalid_value", "experiment.arms")]
    [InlineData("""{"name":"x","arms":[{"name":"a"}]}""", 400, "invalid_value", "experiment.arms")]
    [InlineData("""{"name":"x","arms":[{"name":"a","weight":0},{"name":"b"}]}""", 400, "invalid_value", "experiment.arms[0].weight")]
    [InlineData("""{"name":"x","arms":[{"name":"a","weight":-1},{"name":"b"}]}""", 400, "invalid_value", "experiment.arms[0].weight")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","weight":1e308}]}""", 400, "invalid_value", "experiment.arms[1].weight")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"a","strategies":[]}]}""", 400, "invalid_value", "experiment.arms[1].name")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","strategies":{}}]}""", 400, "invalid_strategy", "experiment.arms[1].strategies")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","strategies":[{"name":"best_of_m"}]}]}""", 400, "invalid_strategy", "experiment.arms[1].strategies[0].name")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","strategies":[{"name":"plain"},{"name":"best_of_n","n":0}]}]}""", 400, "invalid_strategy", "experiment.arms[1].strategies[1].n")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","strategies":[{"name":"early_rejection"},{"name":"best_of_n"}]}]}""", 400, "invalid_strategy", "experiment.arms[1].strategies[1]")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","strategies":[{"name":"best_of_n","select":"verifier"}]}]}""", 400, "invalid_strategy", "experiment.arms[1].strategies[0].select")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","model":"other"}]}""", 400, "invalid_value", "experiment.arms[1].model")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","model":"exp/x"}]}""", 400, "invalid_value", "experiment.arms[1].model")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","model":"tiny:best_of_m"}]}""", 400, "invalid_strategy", "experiment.arms[1].model.name")]
    [InlineData("""{"name":"x","arms":[{"name":"a"},{"name":"b","sampling":{"temperature":3}}]}""", 400, "invalid_value", "experiment.arms[1].sampling.temperature")]
    [InlineData("""{"name":"x","arm":"c","arms":ARMS}""", 400, "invalid_value", "experiment.arm")]
    [InlineData("""{"name":"x","unit":"","arms":ARMS}""", 400, "invalid_value", "experiment.unit")]
    [InlineData("""{"name":"never-made"}""", 404, "experiment_not_found", "experiment")]
    public async Task Post_BadExperiment_NamesWhatIsWrongAndLeavesNoTrace(string experiment, int status, string code, string param)
    {
        foreach (string path in Paths)
        {
            using HttpResponseMessage response = await PostAsync(path, $"\"experiment\":{experiment.Replace("ARMS", Arms, StringComparison.Ordinal)}");
            JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal((status, code, param), ((int)response.StatusCode, (string?)error["code"], (string?)error["param"]));
        }
        using HttpResponseMessage none = await PostAsync(Paths[2], """ "experiment":{"name":"x"}""");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Theory]
    [InlineData("\"strategies\":[]", "strategies")]
    [InlineData("\"strategy\":{\"name\":\"plain\"}", "strategy")]
    public async Task Post_ExperimentAndAPlanOfItsOwn_IsRefused(string plan, string param)
    {
        using HttpResponseMessage response = await PostAsync(Paths[0], $$"""{{plan}},"experiment":{"name":"two-plans","arms":{{Arms}}}""");
        Assert.Equal((HttpStatusCode.BadRequest, param), (response.StatusCode, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]));
    }

    [Theory]
    [InlineData("""[{"name":"plain","strategies":[]},{"name":"bo3","strategies":[{"name":"best_of_n","n":3}]}]""", "bo3")]
    [InlineData("""[{"name":"plain","strategies":[]},{"name":"bo2","weight":9,"strategies":[{"name":"best_of_n","n":2}]}]""", "weight 9")]
    public async Task Post_SameNameWithOtherArms_IsAConflictThatShowsBoth(string arms, string shown)
    {
        await ReadAsync(await PostAsync(Paths[2], $$""" "experiment":{"name":"conflict","arms":{{Arms}}}"""));
        using HttpResponseMessage response = await PostAsync(Paths[2], $$""" "experiment":{"name":"conflict","arms":{{arms}}}""");
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.Conflict, "experiment_conflict", "experiment.arms"), (response.StatusCode, (string?)error["code"], (string?)error["param"]));
        Assert.Contains("bo2 (weight 1): [{\"name\":\"best_of_n\",\"n\":2}]", (string?)error["message"], StringComparison.Ordinal);
        Assert.Contains(shown, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ArmsWrittenOtherwise_AreTheSameExperiment()
    {
        await ReadAsync(await PostAsync(Paths[2], $$""" "experiment":{"name":"rewritten","arms":{{Arms}}}"""));
        await ReadAsync(await PostAsync(Paths[2], """ "experiment":{"arms":[{"strategies":[],"name":"plain","weight":1.0},{"strategies":[{"n":2,"name":"best_of_n"}],"name":"bo2"}],"name":"rewritten"}"""));
        // And by its name alone.
        await ReadAsync(await PostAsync(Paths[2], """ "experiment":{"name":"rewritten"}"""));
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    private Task<HttpResponseMessage> PostAsync(string path, string fields)
    {
        string prompt = path == Paths[0] ? "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" : "\"prompt\":\"a\"";
        return _server.PostAsync(path, $"{{{prompt},\"max_tokens\":2,{fields}}}");
    }
}
