using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

/// <summary>The four places of a plan, their precedence, and the echo of what was resolved.</summary>
public sealed class PlanPlacesTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private static readonly string[] Paths = ["/v1/chat/completions", "/v1/completions", "/api/generate"];

    public static TheoryData<string, string, string?, string, string> Places
    {
        get
        {
            var rows = new TheoryData<string, string, string?, string, string>();
            foreach (string path in Paths)
            {
                rows.Add(path, "", null, "", "default");
                rows.Add(path, "\"strategies\":[{\"name\":\"best_of_n\",\"n\":2}]", null, "best_of_n 2", "body");
                rows.Add(path, "\"strategy\":{\"name\":\"best_of_n\",\"n\":3}", null, "best_of_n 3", "body");
                rows.Add(path, "\"model\":\"tiny:best_of_n\"", null, "best_of_n 4", "model");
                rows.Add(path, "\"model\":\"tiny\"", "self_consistency", "self_consistency 8", "header");
                rows.Add(path, "", "{\"name\":\"best_of_n\",\"n\":2}", "best_of_n 2", "header");
                rows.Add(path, "", " [{\"name\":\"best_of_n\",\"n\":2},{\"name\":\"plain\"}] ", "best_of_n 2,plain ", "header");
                // The body before the model's name before the header.
                rows.Add(path, "\"model\":\"tiny:plain\",\"strategy\":{\"name\":\"best_of_n\",\"n\":3}", "self_consistency", "best_of_n 3", "body");
                rows.Add(path, "\"model\":\"tiny:plain\"", "self_consistency", "plain ", "model");
                rows.Add(path, "\"strategies\":[]", "self_consistency", "", "body");
            }
            return rows;
        }
    }

    [Theory, MemberData(nameof(Places))]
    public async Task Post_PlanInAPlace_IsResolvedAndEchoed(string path, string fields, string? header, string plan, string source)
    {
        using HttpResponseMessage response = await PostAsync(path, fields, header);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        JsonArray echoed = JsonNode.Parse(body)!["strategies"]!.AsArray();
        Assert.Equal(plan, string.Join(",", echoed.Select(strategy => $"{strategy!["name"]} {strategy["n"]}")));
        Assert.Equal(source, Assert.Single(response.Headers.GetValues("x-strategies-source")));
        Assert.Equal(echoed.ToJsonString(), JsonNode.Parse(Assert.Single(response.Headers.GetValues("x-strategies")))!.ToJsonString());
    }

    [Fact]
    public async Task Post_Stream_EchoesThePlanInTheHeaderToo()
    {
        using HttpResponseMessage response = await PostAsync(Paths[0], "\"stream\":true,\"model\":\"tiny:best_of_n\"", null);
        Assert.Contains("best_of_n", Assert.Single(response.Headers.GetValues("x-strategies")), StringComparison.Ordinal);
        Assert.Contains("\"strategies\":[{\"name\":\"best_of_n\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"model\":\"tiny:best_of_m\"", null, HttpStatusCode.BadRequest, "invalid_strategy", "model")]
    [InlineData("\"model\":\"tiny:\"", null, HttpStatusCode.NotFound, "model_not_found", "model")]
    [InlineData("\"model\":\"tinyx\"", null, HttpStatusCode.NotFound, "model_not_found", "model")]
    [InlineData("\"model\":\"other:best_of_n\"", null, HttpStatusCode.NotFound, "model_not_found", "model")]
    [InlineData("", "best_of_m", HttpStatusCode.BadRequest, "invalid_strategy", "X-Strategy.name")]
    [InlineData("", "{\"name\":\"best_of_n\",\"n\":0}", HttpStatusCode.BadRequest, "invalid_strategy", "X-Strategy.n")]
    [InlineData("", "[{\"name\":\"plain\"},{\"name\":\"best_of_n\",\"size\":1}]", HttpStatusCode.BadRequest, "invalid_strategy", "X-Strategy[1].size")]
    [InlineData("", "[{\"name\":", HttpStatusCode.BadRequest, "invalid_strategy", "X-Strategy")]
    [InlineData("", " ", HttpStatusCode.BadRequest, "invalid_strategy", "X-Strategy")]
    public async Task Post_PlanThatCannotRun_NamesItsPlace(string fields, string? header, HttpStatusCode status, string code, string param)
    {
        using HttpResponseMessage response = await PostAsync(Paths[0], fields, header);
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, code, param), (response.StatusCode, (string?)error["code"], (string?)error["param"]));
        await tiny.Server.UntilAsync(() => tiny.Server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Post_HeaderTwice_IsRefused()
    {
        using var request = Request(Paths[0], "");
        request.Headers.Add("X-Strategy", ["plain", "best_of_n"]);
        using HttpResponseMessage response = await tiny.Server.Http.SendAsync(request);
        // The client joins them with a comma, which no strategy's name holds.
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("tiny:best_of_n", HttpStatusCode.OK)]
    [InlineData("tiny:best_of_m", HttpStatusCode.NotFound)]
    public async Task GetModel_WithAStrategy_IsThereIfTheStrategyIs(string id, HttpStatusCode status)
    {
        using HttpResponseMessage response = await tiny.Server.Http.GetAsync($"/v1/models/{id}");
        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.OK)
            Assert.Equal(id, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string fields, string? header)
    {
        using HttpRequestMessage request = Request(path, fields);
        if (header is not null)
            Assert.True(request.Headers.TryAddWithoutValidation("X-Strategy", header));
        return await tiny.Server.Http.SendAsync(request);
    }

    private static HttpRequestMessage Request(string path, string fields)
    {
        string prompt = path == Paths[0] ? "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" : "\"prompt\":\"a\"";
        string body = $"{{{prompt},\"max_tokens\":2{(fields.Length > 0 ? "," : "")}{fields}}}";
        return new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
