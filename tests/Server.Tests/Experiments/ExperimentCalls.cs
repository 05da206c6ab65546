using System.Text;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>What tests of experiments ask of a server with a tiny model.</summary>
public abstract class ExperimentCalls(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    protected const string Arms = """[{"name":"plain","strategies":[]},{"name":"bo2","strategies":[{"name":"best_of_n","n":2}]}]""";

    protected TestServer Server { get; } = tiny.Server;

    protected Task<JsonNode> CallAsync(string experiment, string unit, string? arms = null) => Server.PostJsonAsync("/v1/completions",
        $$"""{"prompt":"a","max_tokens":2,"experiment":{"name":"{{experiment}}","unit":"{{unit}}"{{(arms is null ? "" : $",\"arms\":{arms}")}} } }""");

    protected async Task<string> AnswerAsync(string experiment, string unit, string? arms = null) => (string)(await CallAsync(experiment, unit, arms))["id"]!;

    protected async Task SayAsync(string experiment, string unit, string label, string value) =>
        await Server.PostJsonAsync("/api/feedback", $$"""{"request_id":"{{await AnswerAsync(experiment, unit)}}","name":"{{label}}","value":{{value}}}""");

    protected async Task<JsonNode> PutAsync(string name, string json)
    {
        using HttpResponseMessage response = await Server.Http.PutAsync($"/api/experiments/{name}", new StringContent(json, Encoding.UTF8, "application/json"));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    protected async Task<string> RefusedAsync(HttpMethod method, string path, string? json, int status, string code, string param)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await Server.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.False(response.IsSuccessStatusCode, text);
        JsonNode error = JsonNode.Parse(text)!["error"]!;
        Assert.Equal((status, code, param), ((int)response.StatusCode, (string?)error["code"], (string?)error["param"]));
        return (string)error["message"]!;
    }
}
