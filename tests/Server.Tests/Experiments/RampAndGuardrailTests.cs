using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Weights that change by themselves, and arms that are stopped by themselves.</summary>
public sealed class RampAndGuardrailTests(TinyServerFixture tiny) : ExperimentCalls(tiny)
{
    [Fact]
    public async Task Ramp_AfterExposures_ChangesTheWeights()
    {
        await PutAsync("ramped", $$"""{"arms":{{Arms}},"ramp":[{"after_exposures":3,"weights":{"bo2":7} }]}""");
        for (int i = 0; i < 3; i++)
            await AnswerAsync("ramped", $"u{i}");
        while ((double)(await Server.GetJsonAsync("/api/experiments/ramped"))["arms"]![1]!["weight"]! != 7)
            await Task.Delay(5);
        Assert.Null((await Server.GetJsonAsync("/api/experiments/ramped"))["ramp"]);
    }

    [Fact]
    public async Task Ramp_AtATimeThatHasCome_ChangesTheWeightsAtTheNextRequest()
    {
        await PutAsync("timed", $$"""{"arms":{{Arms}},"ramp":[{"at":"2020-01-01T00:00:00Z","weights":{"bo2":7} },{"at":"2220-01-01T00:00:00Z","weights":{"bo2":8} }]}""");
        await AnswerAsync("timed", "u");
        JsonNode report = await Server.GetJsonAsync("/api/experiments/timed");
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
            reason = (await Server.GetJsonAsync("/api/experiments/guarded"))["arms"]![1]!["stopped"];
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
            await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"complaint","value":{{((string?)answer["experiment"]!["arm"] == "bo2" ? "true" : "false")}}}""");
            JsonNode arms = (await Server.GetJsonAsync("/api/experiments/complained"))["arms"]!;
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
            await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{answer["id"]}}","name":"complaint","value":{{((string?)answer["experiment"]!["arm"] == "bo2" ? "true" : "false")}}}""");
        JsonNode? reason = null;
        while (reason is null)
            reason = (await Server.GetJsonAsync("/api/experiments/late"))["arms"]![1]!["stopped"];
        Assert.Contains("complaint is at least", (string?)reason, StringComparison.Ordinal);
    }
}
