using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Named experiments over HTTP.</summary>
public sealed class ExperimentsApiTests(TinyServerFixture tiny) : ExperimentCalls(tiny)
{
    [Fact]
    public async Task Put_AnExperiment_IsCalledAsAModelListedAndRead()
    {
        JsonNode put = await PutAsync("checkout", $$"""{"arms":{{Arms}},"metrics":[{"name":"correct"}]}""");
        Assert.Equal(("checkout", "running"), ((string?)put["name"], (string?)put["status"]));
        JsonNode models = await Server.GetJsonAsync("/v1/models");
        Assert.Contains("exp/checkout", models["data"]!.AsArray().Select(model => (string?)model!["id"]));
        foreach (string id in (string[])["exp/checkout", "exp%2Fcheckout"])
            Assert.Equal("exp/checkout", (string?)(await Server.GetJsonAsync($"/v1/models/{id}"))["id"]);

        var arms = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            JsonNode answer = await Server.PostJsonAsync("/v1/chat/completions", $$"""{"model":"exp/checkout","user":"u{{i}}","messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
            Assert.True((bool)answer["experiment"]!["exposed"]!);
            arms.Add((string)answer["experiment"]!["arm"]!);
            JsonNode said = await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"correct","value":{{(i % 2 == 0 ? "true" : "false")}}}""");
            Assert.Equal("added", (string?)said["status"]);
        }
        Assert.Equal(2, arms.Count);
        JsonNode report = await Server.GetJsonAsync("/api/experiments/checkout");
        Assert.Equal(8, report["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
        Assert.Equal(8, report["arms"]!.AsArray().Sum(arm => (int)arm!["metrics"]!["correct"]!["n"]!));
        Assert.Null(report["arms"]![0]!["metrics"]!["correct"]!["verdict"]);
        Assert.Equal("too_early", (string?)report["arms"]![1]!["metrics"]!["correct"]!["verdict"]);
        Assert.StartsWith("too early to tell", (string?)report["arms"]![1]!["metrics"]!["correct"]!["words"], StringComparison.Ordinal);
        Assert.False((bool)report["sample_ratio"]!["alarm"]!);
        Assert.Equal(("correct", "proportion", "higher"), ((string?)report["metrics"]![0]!["name"], (string?)report["metrics"]![0]!["kind"], (string?)report["metrics"]![0]!["better"]));
        Assert.All((string[])["latency_ms", "tokens", "answer_tokens", "flops", "abstained", "error", "abandoned"], metric => Assert.NotNull(report["arms"]![1]!["metrics"]![metric]));
        JsonNode listed = (await Server.GetJsonAsync("/api/experiments"))["data"]!.AsArray().Single(experiment => (string?)experiment!["name"] == "checkout")!;
        Assert.Equal(("running", 8), ((string?)listed["status"], (int)listed["exposures"]!));
        JsonNode history = await Server.GetJsonAsync("/api/experiments/checkout/history?metric=correct");
        Assert.Equal(("correct", "bo2"), ((string?)history["metric"], (string?)history["arms"]![0]!["name"]));
        Assert.Equal(8, (int)history["arms"]![0]!["points"]![0]!["exposures"]!);
    }

    [Fact]
    public async Task Export_InBothFormats_HasALineForEachExposure()
    {
        await PutAsync("exported", $$"""{"arms":{{Arms}}}""");
        for (int i = 0; i < 3; i++)
            await SayAsync("exported", $"u{i}", "rating", "4.5");
        string[] lines = (await Server.Http.GetStringAsync("/api/experiments/exported/export")).TrimEnd('\n').Split('\n');
        Assert.Equal([4.5, 4.5, 4.5], lines.Select(line => (double)JsonNode.Parse(line)!["labels"]!["rating"]!));
        string[] rows = (await Server.Http.GetStringAsync("/api/experiments/exported/export?format=csv")).TrimEnd().Split("\r\n");
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
        JsonNode stopped = await Server.PostJsonAsync("/api/experiments/stopped/stop", "");
        Assert.Equal("stopped", (string?)stopped["status"]);
        Assert.Contains("on request", (string?)stopped["stopped_reason"], StringComparison.Ordinal);
        string message = await RefusedAsync(HttpMethod.Post, "/v1/completions", """{"model":"exp/stopped","prompt":"a"}""", 409, "experiment_stopped", "experiment");
        Assert.Contains("'strategies'", message, StringComparison.Ordinal);
        await RefusedAsync(HttpMethod.Post, "/v1/completions", """{"prompt":"a","experiment":{"name":"stopped"}}""", 409, "experiment_stopped", "experiment");
        await RefusedAsync(HttpMethod.Get, "/v1/models/exp/stopped", null, 404, "model_not_found", "model");
        // Labels may still come.
        await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{late}}","name":"correct","value":true}""");
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
        string[] lines = (await Server.Http.GetStringAsync("/api/experiments/changing/export")).TrimEnd('\n').Split('\n');
        Assert.Equal([0, 1], lines.Select(line => (int)JsonNode.Parse(line)!["period"]!));
        string message = await RefusedAsync(HttpMethod.Put, "/api/experiments/changing", $$"""{"arms":{{Arms.Replace("\"n\":2", "\"n\":3", StringComparison.Ordinal)}}}""", 409, "experiment_conflict", "arms");
        Assert.Contains("\"n\":2", message, StringComparison.Ordinal);
        Assert.Contains("\"n\":3", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_Unchanged_IsTheSameAndALabelChangesIt()
    {
        await PutAsync("again", $$"""{"arms":{{Arms}},"metrics":[{"name":"correct","margin":0.02}]}""");
        string id = await AnswerAsync("again", "u");
        string before = await Server.Http.GetStringAsync("/api/experiments/again");
        Assert.Equal(0.02, (double)JsonNode.Parse(before)!["metrics"]!.AsArray().Single(metric => (string?)metric!["name"] == "correct")!["margin"]!);
        Assert.Equal(before, await Server.Http.GetStringAsync("/api/experiments/again"));
        await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"correct","value":true}""");
        Assert.NotEqual(before, await Server.Http.GetStringAsync("/api/experiments/again"));
    }

    [Fact]
    public async Task Delete_AnExperiment_ForgetsItWithItsLabels()
    {
        await PutAsync("deleted", $$"""{"arms":{{Arms}}}""");
        string id = await AnswerAsync("deleted", "u"), label = $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
        await Server.PostJsonAsync("/api/feedback", label);
        using (HttpResponseMessage response = await Server.Http.DeleteAsync("/api/experiments/deleted"))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await RefusedAsync(HttpMethod.Get, "/api/experiments/deleted", null, 404, "experiment_not_found", "experiment");
        // Only its trace is left to take a label.
        Assert.Equal("added", (string?)(await Server.PostJsonAsync("/api/feedback", label))["status"]);
        await PutAsync("deleted", $$"""{"arms":{{Arms.Replace("\"n\":2", "\"n\":3", StringComparison.Ordinal)}}}""");
        Assert.Equal(0, (await Server.GetJsonAsync("/api/experiments/deleted"))["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
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
}
