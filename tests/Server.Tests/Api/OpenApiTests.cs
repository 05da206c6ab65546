using System.Text.Json.Nodes;
using InferenceServer.Server.OpenApi;
using InferenceServer.Server.Requests;
using Json.Schema;

namespace InferenceServer.Server.Tests.Api;

public sealed class OpenApiTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Document_EveryOperation_HasASummaryAndAnErrorResponse()
    {
        JsonNode document = await DocumentAsync();
        string[] routes = ["/v1/chat/completions", "/v1/chat/completions/{id}", "/v1/completions", "/v1/models", "/v1/models/{id}", "/api/generate", "/api/score", "/api/strategies", "/api/verifiers",
            "/api/handbooks", "/api/handbooks/{name}", "/api/handbooks/{name}/retire", "/api/handbooks/{name}/behaviours/{behaviour}", "/api/handbooks/{name}/build", "/api/diagnostics/echo-gap", "/api/calibration", "/api/calibration/{name}", "/api/jobs", "/api/jobs/{id}", "/api/experiments", "/api/experiments/{name}", "/api/experiments/{name}/stop", "/api/experiments/{name}/history", "/api/experiments/{name}/export", "/api/feedback", "/api/traces", "/api/traces/export", "/api/traces/{id}", "/api/traces/{id}/replay", "/api/engine", "/api/results", "/health/live", "/health/ready"];
        Assert.Equal(routes.Order(), document["paths"]!.AsObject().Select(path => path.Key).Order());
        foreach ((string path, JsonNode? operations) in document["paths"]!.AsObject())
            foreach ((string method, JsonNode? operation) in operations!.AsObject())
            {
                Assert.False(string.IsNullOrWhiteSpace((string?)operation!["summary"]), $"{method} {path}");
                Assert.NotNull(operation["responses"]!["default"]);
                if (operation["requestBody"] is not null)
                    Assert.NotNull(operation["requestBody"]!["content"]!["application/json"]!["example"]);
            }
    }

    [Fact]
    public async Task Document_Strategy_IsAUnionToldApartByName()
    {
        JsonNode schemas = (await DocumentAsync())["components"]!["schemas"]!;
        JsonNode union = schemas["Strategy"]!;
        Assert.Equal("name", (string?)union["discriminator"]!["propertyName"]);
        string[] names = [.. (await _server.GetJsonAsync("/api/strategies"))["strategies"]!.AsArray().Select(strategy => (string)strategy!["name"]!)];
        Assert.Equal(names, union["discriminator"]!["mapping"]!.AsObject().Select(entry => entry.Key));
        Assert.Equal(names.Length, union["oneOf"]!.AsArray().Count);
        foreach ((string name, JsonNode? reference) in union["discriminator"]!["mapping"]!.AsObject())
            Assert.Equal(name, (string?)schemas[((string)reference!).Split('/')[^1]]!["properties"]!["name"]!["const"]);
        Assert.Equal("#/components/schemas/Strategy", (string?)schemas["ChatCompletionRequest"]!["properties"]!["strategies"]!["items"]!["$ref"]);
    }

    [Theory]
    [InlineData(typeof(ChatCompletionRequest))]
    [InlineData(typeof(CompletionRequest))]
    [InlineData(typeof(GenerateRequest))]
    [InlineData(typeof(ScoreRequest))]
    public async Task Document_Request_HasEveryFieldWithItsDescription(Type request)
    {
        JsonNode schema = (await DocumentAsync())["components"]!["schemas"]![request.Name]!;
        JsonObject properties = schema["properties"]!.AsObject();
        Assert.Equal(RequestShape.Of(request).Fields.Keys.Order(), properties.Select(property => property.Key).Order());
        Assert.False((bool)schema["additionalProperties"]!);
        foreach (RequestField field in RequestShape.Of(request).Fields.Values)
        {
            Assert.False(string.IsNullOrEmpty(field.Description), field.Name);
            JsonNode property = properties[field.Name]!;
            if (field.Range is { } range)
                Assert.Equal(Convert.ToDouble(range.Minimum, System.Globalization.CultureInfo.InvariantCulture), (double)property["minimum"]!);
        }
    }

    [Fact]
    public async Task Examples_SentToTheServer_AreAnswered()
    {
        JsonNode traced = await _server.PostJsonAsync("/api/generate", """{"prompt":"3 + 4 =","max_tokens":4}""");
        await _server.TraceAsync(traced);
        foreach (string operation in RequestExamples.Operations)
        {
            (HttpMethod method, string path) = operation switch
            {
                "createChatCompletion" => (HttpMethod.Post, "/v1/chat/completions"),
                "createCompletion" => (HttpMethod.Post, "/v1/completions"),
                "replayTrace" => (HttpMethod.Post, $"/api/traces/{traced["id"]}/replay"),
                "putHandbook" => (HttpMethod.Put, "/api/handbooks/example"),
                "calibrate" => (HttpMethod.Post, "/api/calibration/example"),
                "buildHandbook" => (HttpMethod.Post, "/api/handbooks/example/build"),
                "echoGap" => (HttpMethod.Post, "/api/diagnostics/echo-gap"),
                "putExperiment" => (HttpMethod.Put, "/api/experiments/example"),
                "putBehaviour" => (HttpMethod.Put, "/api/handbooks/example/behaviours/behavior_small_steps"),
                _ => (HttpMethod.Post, $"/api/{operation}"),
            };
            JsonNode body = RequestExamples.Of(operation)!;
            // A label is for a response that somebody got.
            if (operation == "feedback")
                body["request_id"] = (string?)(await _server.PostJsonAsync("/v1/completions",
                    """{"prompt":"a","max_tokens":1,"experiment":{"name":"feedback-example","arms":[{"name":"a"},{"name":"b","sampling":{"temperature":0.5}}]}}"""))["id"];
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
            using HttpResponseMessage response = await _server.Http.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions", "ChatCompletion", """{"messages":[{"role":"user","content":"hi"}],"max_tokens":4,"logprobs":true,"top_logprobs":1,"include":["bill","candidates","trace"]}""")]
    [InlineData("/v1/completions", "Completion", """{"prompt":"hi","max_tokens":4,"logprobs":1,"echo":true}""")]
    [InlineData("/api/generate", "GenerateResponse", """{"prompt":"hi","max_tokens":4,"logprobs":true}""")]
    [InlineData("/api/score", "ScoreResponse", """{"prompt":"hi","continuation":"you"}""")]
    public async Task Document_ResponseSchema_AcceptsTheServersAnswer(string path, string name, string request)
    {
        JsonNode document = await DocumentAsync();
        JsonNode answer = await _server.PostJsonAsync(path, request);
        // OpenAPI's own keyword; JSON Schema knows oneOf alone.
        foreach (string union in (string[])["Strategy", "Verifier"])
            document["components"]!["schemas"]![union]!.AsObject().Remove("discriminator");
        var schema = new JsonObject { ["$ref"] = $"#/$defs/{name}", ["$defs"] = document["components"]!["schemas"]!.DeepClone() };
        string text = schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        EvaluationResults results = JsonSchema.FromText(text).Evaluate(System.Text.Json.JsonSerializer.SerializeToElement(answer), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(results.IsValid, string.Join("\n", (results.Details ?? []).Where(detail => detail.Errors is not null).Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}")));
        JsonObject properties = document["components"]!["schemas"]![name]!["properties"]!.AsObject();
        Assert.All(answer.AsObject(), member => Assert.True(properties.ContainsKey(member.Key), member.Key));
    }

    private Task<JsonNode> DocumentAsync() => _server.GetJsonAsync("/swagger/v1/swagger.json");
}
