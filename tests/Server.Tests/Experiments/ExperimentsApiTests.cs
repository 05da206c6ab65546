using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Named experiments, outcomes and feedback over HTTP.</summary>
public sealed class ExperimentsApiTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Arms = """[{"name":"plain","strategies":[]},{"name":"bo2","strategies":[{"name":"best_of_n","n":2}]}]""";

    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Put_AnExperiment_IsCalledAsAModelListedAndRead()
    {
        JsonNode put = await PutAsync("checkout", $$"""{"arms":{{Arms}},"metrics":[{"name":"correct"}]}""");
        Assert.Equal(("checkout", "running"), ((string?)put["name"], (string?)put["status"]));
        JsonNode models = await _server.GetJsonAsync("/v1/models");
        Assert.Contains("exp/checkout", models["data"]!.AsArray().Select(model => (string?)model!["id"]));
        foreach (string id in (string[])["exp/checkout", "exp%2Fcheckout"])
            Assert.Equal("exp/checkout", (string?)(await _server.GetJsonAsync($"/v1/models/{id}"))["id"]);

        var arms = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            JsonNode answer = await _server.PostJsonAsync("/v1/chat/completions", $$"""{"model":"exp/checkout","user":"u{{i}}","messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
            Assert.True((bool)answer["experiment"]!["exposed"]!);
            arms.Add((string)answer["experiment"]!["arm"]!);
            JsonNode said = await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"correct","value":{{(i % 2 == 0 ? "true" : "false")}}}""");
            Assert.Equal("added", (string?)said["status"]);
        }
        Assert.Equal(2, arms.Count);
        JsonNode report = await _server.GetJsonAsync("/api/experiments/checkout");
        Assert.Equal(8, report["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
        Assert.Equal(8, report["arms"]!.AsArray().Sum(arm => (int)arm!["metrics"]!["correct"]!["n"]!));
        Assert.Null(report["arms"]![0]!["metrics"]!["correct"]!["verdict"]);
        Assert.Equal("too_early", (string?)report["arms"]![1]!["metrics"]!["correct"]!["verdict"]);
        Assert.StartsWith("too early to tell", (string?)report["arms"]![1]!["metrics"]!["correct"]!["words"], StringComparison.Ordinal);
        Assert.False((bool)report["sample_ratio"]!["alarm"]!);
        Assert.Equal(("correct", "proportion", "higher"), ((string?)report["metrics"]![0]!["name"], (string?)report["metrics"]![0]!["kind"], (string?)report["metrics"]![0]!["better"]));
        Assert.All((string[])["latency_ms", "tokens", "answer_tokens", "flops", "abstained", "error", "abandoned"], metric => Assert.NotNull(report["arms"]![1]!["metrics"]![metric]));
        JsonNode listed = (await _server.GetJsonAsync("/api/experiments"))["data"]!.AsArray().Single(experiment => (string?)experiment!["name"] == "checkout")!;
        Assert.Equal(("running", 8), ((string?)listed["status"], (int)listed["exposures"]!));
        JsonNode history = await _server.GetJsonAsync("/api/experiments/checkout/history?metric=correct");
        Assert.Equal(("correct", "bo2"), ((string?)history["metric"], (string?)history["arms"]![0]!["name"]));
        Assert.Equal(8, (int)history["arms"]![0]!["points"]![0]!["exposures"]!);
    }

    [Fact]
    public async Task Export_InBothFormats_HasALineForEachExposure()
    {
        await PutAsync("exported", $$"""{"arms":{{Arms}}}""");
        for (int i = 0; i < 3; i++)
            await SayAsync("exported", $"u{i}", "rating", "4.5");
        string[] lines = (await _server.Http.GetStringAsync("/api/experiments/exported/export")).TrimEnd('\n').Split('\n');
        Assert.Equal([4.5, 4.5, 4.5], lines.Select(line => (double)JsonNode.Parse(line)!["labels"]!["rating"]!));
        string[] rows = (await _server.Http.GetStringAsync("/api/experiments/exported/export?format=csv")).TrimEnd().Split("\r\n");
        Assert.Equal(4, rows.Length);
        Assert.StartsWith("request_id,arm,unit,period,at,", rows[0], StringComparison.Ordinal);
        int rating = Array.IndexOf(rows[0].Split(','), "rating");
        Assert.All(rows[1..], row => Assert.Equal("4.5", row.Split(',')[rating]));
        await RefusedAsync(HttpMethod.Get, "/api/experiments/exported/export?format=xml", null, 400, "invalid_value", "format");
        await RefusedAsync(HttpMethod.Get, "/api/experiments/exported/history?metric=unheard", null, 400, "invalid_value", "metric");
    }

    [Fact]
    public async Task Stop_AnExperiment_RefusesCallsSaysWhatToDoAndStartsAgain()
    {
        await PutAsync("stopped", $$"""{"arms":{{Arms}}}""");
        string late = await AnswerAsync("stopped", "u");
        JsonNode stopped = await _server.PostJsonAsync("/api/experiments/stopped/stop", "");
        Assert.Equal("stopped", (string?)stopped["status"]);
        Assert.Contains("on request", (string?)stopped["stopped_reason"], StringComparison.Ordinal);
        string message = await RefusedAsync(HttpMethod.Post, "/v1/completions", """{"model":"exp/stopped","prompt":"a"}""", 409, "experiment_stopped", "experiment");
        Assert.Contains("'strategies'", message, StringComparison.Ordinal);
        await RefusedAsync(HttpMethod.Post, "/v1/completions", """{"prompt":"a","experiment":{"name":"stopped"}}""", 409, "experiment_stopped", "experiment");
        await RefusedAsync(HttpMethod.Get, "/v1/models/exp/stopped", null, 404, "model_not_found", "model");
        // Labels may still come.
        await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{late}}","name":"correct","value":true}""");
        await PutAsync("stopped", $$"""{"arms":{{Arms}}}""");
        await AnswerAsync("stopped", "u");
    }

    [Fact]
    public async Task Put_OtherWeights_BeginANewPeriodAndOtherArmsAreAConflict()
    {
        await PutAsync("changing", $$"""{"arms":{{Arms}}}""");
        await AnswerAsync("changing", "u1");
        JsonNode changed = await PutAsync("changing", $$"""{"arms":{{Arms.Replace("\"bo2\",", "\"bo2\",\"weight\":1000000,", StringComparison.Ordinal)}}}""");
        Assert.Equal(1_000_000, (double)changed["arms"]![1]!["weight"]!);
        await AnswerAsync("changing", "u2");
        string[] lines = (await _server.Http.GetStringAsync("/api/experiments/changing/export")).TrimEnd('\n').Split('\n');
        Assert.Equal([0, 1], lines.Select(line => (int)JsonNode.Parse(line)!["period"]!));
        string message = await RefusedAsync(HttpMethod.Put, "/api/experiments/changing", $$"""{"arms":{{Arms.Replace("\"n\":2", "\"n\":3", StringComparison.Ordinal)}}}""", 409, "experiment_conflict", "arms");
        Assert.Contains("\"n\":2", message, StringComparison.Ordinal);
        Assert.Contains("\"n\":3", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ramp_AfterExposures_ChangesTheWeights()
    {
        await PutAsync("ramped", $$"""{"arms":{{Arms}},"ramp":[{"after_exposures":3,"weights":{"bo2":7} }]}""");
        for (int i = 0; i < 3; i++)
            await AnswerAsync("ramped", $"u{i}");
        while ((double)(await _server.GetJsonAsync("/api/experiments/ramped"))["arms"]![1]!["weight"]! != 7)
            await Task.Delay(5);
        Assert.Null((await _server.GetJsonAsync("/api/experiments/ramped"))["ramp"]);
    }

    [Fact]
    public async Task Ramp_AtATimeThatHasCome_ChangesTheWeightsAtTheNextRequest()
    {
        await PutAsync("timed", $$"""{"arms":{{Arms}},"ramp":[{"at":"2020-01-01T00:00:00Z","weights":{"bo2":7} },{"at":"2220-01-01T00:00:00Z","weights":{"bo2":8} }]}""");
        await AnswerAsync("timed", "u");
        JsonNode report = await _server.GetJsonAsync("/api/experiments/timed");
        Assert.Equal((7, 1), ((double)report["arms"]![1]!["weight"]!, report["ramp"]!.AsArray().Count));
    }

    [Fact]
    public async Task Guardrail_AnArmBreaksIt_IsStoppedByItselfAndSaysWhy()
    {
        await PutAsync("guarded", """{"arms":[{"name":"plain"},{"name":"bo16","strategies":[{"name":"best_of_n","n":16}]}],"guardrails":[{"metric":"tokens","max_increase":2}]}""");
        JsonNode? reason = null;
        for (int i = 0; reason is null; i++)
        {
            await AnswerAsync("guarded", $"u{i}");
            reason = (await _server.GetJsonAsync("/api/experiments/guarded"))["arms"]![1]!["stopped"];
        }
        Assert.Contains("tokens is higher than the first arm's by at least", (string?)reason, StringComparison.Ordinal);
        // Everybody gets the other arm now.
        for (int i = 0; i < 8; i++)
            Assert.Equal("plain", (string?)(await CallAsync("guarded", $"v{i}"))["experiment"]!["arm"]);
    }

    [Fact]
    public async Task Guardrail_OnAFeedbackLabel_StopsTheArmByItself()
    {
        await PutAsync("complained", $$"""{"arms":{{Arms}},"guardrails":[{"metric":"complaint","max":0.2}]}""");
        JsonNode? reason = null;
        for (int i = 0; reason is null; i++)
        {
            JsonNode answer = await CallAsync("complained", $"u{i}");
            await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"complaint","value":{{((string?)answer["experiment"]!["arm"] == "bo2" ? "true" : "false")}}}""");
            JsonNode arms = (await _server.GetJsonAsync("/api/experiments/complained"))["arms"]!;
            Assert.Null(arms[0]!["stopped"]);
            reason = arms[1]!["stopped"];
        }
        Assert.Contains("complaint is at least", (string?)reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guardrail_LabelsComeAfterTheLastExposure_StopsTheArmAllTheSame()
    {
        await PutAsync("late", $$"""{"arms":{{Arms}},"guardrails":[{"metric":"complaint","max":0.2}]}""");
        var answers = new List<JsonNode>();
        while (answers.Count < 64)
            answers.Add(await CallAsync("late", $"u{answers.Count}"));
        foreach (JsonNode answer in answers)
            await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"complaint","value":{{((string?)answer["experiment"]!["arm"] == "bo2" ? "true" : "false")}}}""");
        JsonNode? reason = null;
        while (reason is null)
            reason = (await _server.GetJsonAsync("/api/experiments/late"))["arms"]![1]!["stopped"];
        Assert.Contains("complaint is at least", (string?)reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_Unchanged_IsTheSameAndALabelChangesIt()
    {
        await PutAsync("again", $$"""{"arms":{{Arms}},"metrics":[{"name":"correct","margin":0.02}]}""");
        string id = await AnswerAsync("again", "u");
        string before = await _server.Http.GetStringAsync("/api/experiments/again");
        Assert.Equal(0.02, (double)JsonNode.Parse(before)!["metrics"]!.AsArray().Single(metric => (string?)metric!["name"] == "correct")!["margin"]!);
        Assert.Equal(before, await _server.Http.GetStringAsync("/api/experiments/again"));
        await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"correct","value":true}""");
        Assert.NotEqual(before, await _server.Http.GetStringAsync("/api/experiments/again"));
    }

    [Fact]
    public async Task Delete_AnExperiment_ForgetsItWithItsLabels()
    {
        await PutAsync("deleted", $$"""{"arms":{{Arms}}}""");
        string id = await AnswerAsync("deleted", "u"), label = $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
        await _server.PostJsonAsync("/api/feedback", label);
        using (HttpResponseMessage response = await _server.Http.DeleteAsync("/api/experiments/deleted"))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await RefusedAsync(HttpMethod.Get, "/api/experiments/deleted", null, 404, "experiment_not_found", "experiment");
        // Only its trace is left to take a label.
        Assert.Equal("added", (string?)(await _server.PostJsonAsync("/api/feedback", label))["status"]);
        await PutAsync("deleted", $$"""{"arms":{{Arms.Replace("\"n\":2", "\"n\":3", StringComparison.Ordinal)}}}""");
        Assert.Equal(0, (await _server.GetJsonAsync("/api/experiments/deleted"))["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
    }

    [Fact]
    public async Task Verifiers_OfARequest_GiveTheVerdictOfEachExposure()
    {
        for (int i = 0; i < 2; i++)
            await _server.PostJsonAsync("/v1/completions", $$"""{"prompt":"a","max_tokens":2,"verifiers":[{"name":"regex","target":"text","pattern":"{{(i == 0 ? ".*" : "^(?!)")}}"}],"experiment":{"name":"verified","unit":"same","arms":{{Arms}} } }""");
        JsonNode arm = (await _server.GetJsonAsync("/api/experiments/verified"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 2)!;
        Assert.Equal((1, 0.5), ((int)arm["metrics"]!["verified"]!["n"]!, (double)arm["metrics"]!["verified"]!["mean"]!));
    }

    [Fact]
    public async Task Feedback_Twice_CountsOnce()
    {
        string id = await AnswerAsync("twice", "u", Arms);
        foreach ((string value, string status) in ((string, string)[])[("true", "added"), ("true", "unchanged"), ("false", "replaced"), ("0", "replaced"), ("0", "unchanged")])
            Assert.Equal(status, (string?)(await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"correct","value":{{value}}}"""))["status"]);
        JsonNode arm = (await _server.GetJsonAsync("/api/experiments/twice"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 1)!;
        Assert.Equal((1, 0.0), ((int)arm["metrics"]!["correct"]!["n"]!, (double)arm["metrics"]!["correct"]!["mean"]!));
    }

    [Fact]
    public async Task Feedback_OfManyAtOnce_LosesNone()
    {
        string id = await AnswerAsync("at-once", "u", Arms);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"label-{{i}}","value":{{i}}}""")));
        JsonNode arm = (await _server.GetJsonAsync("/api/experiments/at-once"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 1)!;
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(i, (double)arm["metrics"]![$"label-{i}"]!["mean"]!));
    }

    [Theory]
    [InlineData("""{"request_id":"gen-unheard-of","name":"correct","value":true}""", 404, "request_not_found", "request_id")]
    [InlineData("""{"request_id":"../../other/label/x","name":"correct","value":true}""", 404, "request_not_found", "request_id")]
    [InlineData("""{"request_id":"","name":"correct","value":true}""", 404, "request_not_found", "request_id")]
    [InlineData("""{"request_id":"ID","name":"correct","value":"good"}""", 400, "invalid_type", "value")]
    [InlineData("""{"request_id":"ID","name":"correct","value":{}}""", 400, "invalid_type", "value")]
    [InlineData("""{"request_id":"ID","name":"correct","value":1e999}""", 400, "invalid_value", "value")]
    [InlineData("""{"request_id":"ID","name":"correct"}""", 400, "missing_required_parameter", "value")]
    [InlineData("""{"request_id":"ID","name":"a b","value":1}""", 400, "invalid_value", "name")]
    [InlineData("""{"request_id":"ID","name":"tokens","value":1}""", 400, "invalid_value", "name")]
    public async Task Feedback_ThatCannotBe_IsRefused(string body, int status, string code, string param)
    {
        string id = await AnswerAsync("refused", "u", Arms);
        await RefusedAsync(HttpMethod.Post, "/api/feedback", body.Replace("ID", id, StringComparison.Ordinal), status, code, param);
    }

    [Fact]
    public async Task Feedback_ForARequestOutsideOfExperiments_GoesWithItsTrace()
    {
        string forced = (string)(await _server.PostJsonAsync("/v1/completions", $$"""{"prompt":"a","max_tokens":1,"experiment":{"name":"outside","arm":"plain","arms":{{Arms}} } }"""))["id"]!;
        string plain = (string)(await _server.PostJsonAsync("/v1/completions", """{"prompt":"a","max_tokens":1}"""))["id"]!;
        foreach (string id in (string[])[forced, plain])
        {
            string body = $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
            // Written shortly after the response.
            while ((await _server.Http.GetAsync($"/api/traces/{id}")).StatusCode == HttpStatusCode.NotFound)
                await Task.Delay(5);
            Assert.Equal("added", (string?)(await _server.PostJsonAsync("/api/feedback", body))["status"]);
            Assert.Equal(1, (double)(await _server.GetJsonAsync($"/api/traces/{id}"))["feedback"]![0]!["value"]!);
            (await _server.Http.DeleteAsync($"/api/traces/{id}")).EnsureSuccessStatusCode();
            await RefusedAsync(HttpMethod.Post, "/api/feedback", body, 404, "request_not_found", "request_id");
        }
        Assert.Equal(0, (await _server.GetJsonAsync("/api/experiments/outside"))["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
    }

    [Theory]
    [InlineData("""{}""", 400, "missing_required_parameter", "arms")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"a"}]}""", 400, "invalid_value", "arms[1].name")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b","weight":0}]}""", 400, "invalid_value", "arms[1].weight")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b","strategies":[{"name":"early_rejection"},{"name":"best_of_n"}]}]}""", 400, "invalid_strategy", "arms[1].strategies[1]")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b","strategies":[{"name":"best_of_n","n":-1}]}]}""", 400, "invalid_strategy", "arms[1].strategies[0].n")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b","model":"gpt-4"}]}""", 400, "invalid_value", "arms[1].model")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"ramp":[{"at":"tomorrow","weights":{"a":1}}]}""", 400, "invalid_value", "ramp[0].at")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"ramp":[{"after_exposures":1,"weights":{"c":1}}]}""", 400, "invalid_value", "ramp[0].weights.c")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"ramp":[{"after_exposures":1,"weights":[1]}]}""", 400, "invalid_type", "ramp[0].weights")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"guardrails":[{"metric":"error"}]}""", 400, "invalid_value", "guardrails[0]")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"metrics":[{"name":"correct","better":"more"}]}""", 400, "invalid_value", "metrics[0].better")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"metrics":[{"name":"correct","margin":0}]}""", 400, "invalid_value", "metrics[0].margin")]
    [InlineData("""{"arms":[{"name":"a"},{"name":"b"}],"unit_by":"address"}""", 400, "invalid_value", "unit_by")]
    public async Task Put_BadExperiment_NamesThePlace(string body, int status, string code, string param)
    {
        await RefusedAsync(HttpMethod.Put, "/api/experiments/bad", body, status, code, param);
        await RefusedAsync(HttpMethod.Get, "/api/experiments/bad", null, 404, "experiment_not_found", "experiment");
    }

    [Theory]
    [InlineData("""{"model":"exp/unheard","prompt":"a"}""", 404, "experiment_not_found", "experiment")]
    [InlineData("""{"model":"exp/models","prompt":"a","experiment":{"name":"other"}}""", 400, "invalid_value", "experiment.name")]
    [InlineData("""{"model":"exp/models","prompt":"a","experiment":{"arms":[{"name":"a"},{"name":"b"}]}}""", 400, "invalid_value", "experiment.arms")]
    [InlineData("""{"model":"exp/models","prompt":"a","strategies":[]}""", 400, "invalid_value", "strategies")]
    public async Task Post_ModelIsAnExperiment_RefusesWhatContradictsIt(string body, int status, string code, string param)
    {
        await PutAsync("models", $$"""{"arms":{{Arms}}}""");
        await RefusedAsync(HttpMethod.Post, "/v1/completions", body, status, code, param);
        await RefusedAsync(HttpMethod.Post, "/api/score", """{"model":"exp/models","prompt":"a","continuation":"b"}""", 404, "model_not_found", "model");
    }

    private Task<JsonNode> CallAsync(string experiment, string unit, string? arms = null) => _server.PostJsonAsync("/v1/completions",
        $$"""{"prompt":"a","max_tokens":2,"experiment":{"name":"{{experiment}}","unit":"{{unit}}"{{(arms is null ? "" : $",\"arms\":{arms}")}} } }""");

    private async Task<string> AnswerAsync(string experiment, string unit, string? arms = null) => (string)(await CallAsync(experiment, unit, arms))["id"]!;

    private async Task SayAsync(string experiment, string unit, string label, string value) =>
        await _server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{await AnswerAsync(experiment, unit)}}","name":"{{label}}","value":{{value}}}""");

    private async Task<JsonNode> PutAsync(string name, string json)
    {
        using HttpResponseMessage response = await _server.Http.PutAsync($"/api/experiments/{name}", new StringContent(json, System.Text.Encoding.UTF8, "application/json"));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<string> RefusedAsync(HttpMethod method, string path, string? json, int status, string code, string param)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.False(response.IsSuccessStatusCode, text);
        JsonNode error = JsonNode.Parse(text)!["error"]!;
        Assert.Equal((status, code, param), ((int)response.StatusCode, (string?)error["code"], (string?)error["param"]));
        return (string)error["message"]!;
    }
}
