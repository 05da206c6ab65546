using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Outcomes of requests: verdicts and labels.</summary>
public sealed class FeedbackTests(TinyServerFixture tiny) : ExperimentCalls(tiny)
{
    [Fact]
    public async Task Verifiers_OfARequest_GiveTheVerdictOfEachExposure()
    {
        for (int i = 0; i < 2; i++)
            await Server.PostJsonAsync("/v1/completions", $$"""{"prompt":"a","max_tokens":2,"verifiers":[{"name":"regex","target":"text","pattern":"{{(i == 0 ? ".*" : "^(?!)")}}"}],"experiment":{"name":"verified","unit":"same","arms":{{Arms}} } }""");
        JsonNode arm = (await Server.GetJsonAsync("/api/experiments/verified"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 2)!;
        Assert.Equal((1, 0.5), ((int)arm["metrics"]!["verified"]!["n"]!, (double)arm["metrics"]!["verified"]!["mean"]!));
    }

    [Fact]
    public async Task Feedback_Twice_CountsOnce()
    {
        string id = await AnswerAsync("twice", "u", Arms);
        foreach ((string value, string status) in ((string, string)[])[("true", "added"), ("true", "unchanged"), ("false", "replaced"), ("0", "replaced"), ("0", "unchanged")])
            Assert.Equal(status, (string?)(await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"correct","value":{{value}}}"""))["status"]);
        JsonNode arm = (await Server.GetJsonAsync("/api/experiments/twice"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 1)!;
        Assert.Equal((1, 0.0), ((int)arm["metrics"]!["correct"]!["n"]!, (double)arm["metrics"]!["correct"]!["mean"]!));
    }

    [Fact]
    public async Task Feedback_OfManyAtOnce_LosesNone()
    {
        string id = await AnswerAsync("at-once", "u", Arms);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{id}}","name":"label-{{i}}","value":{{i}}}""")));
        JsonNode arm = (await Server.GetJsonAsync("/api/experiments/at-once"))["arms"]!.AsArray().Single(arm => (int)arm!["exposures"]! == 1)!;
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
        string forced = (string)(await Server.PostJsonAsync("/v1/completions", $$"""{"prompt":"a","max_tokens":1,"experiment":{"name":"outside","arm":"plain","arms":{{Arms}} } }"""))["id"]!;
        string plain = (string)(await Server.PostJsonAsync("/v1/completions", """{"prompt":"a","max_tokens":1}"""))["id"]!;
        foreach (string id in (string[])[forced, plain])
        {
            string body = $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
            // Written shortly after the response.
            while ((await Server.Http.GetAsync($"/api/traces/{id}")).StatusCode == HttpStatusCode.NotFound)
                await Task.Delay(5);
            Assert.Equal("added", (string?)(await Server.PostJsonAsync("/api/feedback", body))["status"]);
            Assert.Equal(1, (double)(await Server.GetJsonAsync($"/api/traces/{id}"))["feedback"]![0]!["value"]!);
            (await Server.Http.DeleteAsync($"/api/traces/{id}")).EnsureSuccessStatusCode();
            await RefusedAsync(HttpMethod.Post, "/api/feedback", body, 404, "request_not_found", "request_id");
        }
        Assert.Equal(0, (await Server.GetJsonAsync("/api/experiments/outside"))["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!));
    }
}
