using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

/// <summary>Bad requests as a client sees them. After each the server still answers.</summary>
public sealed class ErrorTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Chat = "/v1/chat/completions", Completions = "/v1/completions";
    private readonly TestServer _server = tiny.Server;

    [Theory]
    [InlineData(Chat, "{\"messages\":[", HttpStatusCode.BadRequest, "invalid_json", null)]
    [InlineData(Chat, "", HttpStatusCode.BadRequest, "invalid_json", null)]
    [InlineData(Chat, "{}", HttpStatusCode.BadRequest, "missing_required_parameter", "messages")]
    [InlineData(Chat, "{\"messages\":[]}", HttpStatusCode.BadRequest, "invalid_value", "messages")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"wizard\",\"content\":\"hi\"}]}", HttpStatusCode.BadRequest, "invalid_value", "messages[0].role")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"tool\",\"content\":\"hi\"}]}", HttpStatusCode.BadRequest, "unsupported_parameter", "messages[0].role")]
    [InlineData(Chat, "{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", HttpStatusCode.NotFound, "model_not_found", "model")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":-1}", HttpStatusCode.BadRequest, "invalid_value", "max_tokens")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":100000}", HttpStatusCode.BadRequest, "context_length_exceeded", "max_tokens")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"temperature\":NaN}", HttpStatusCode.BadRequest, "invalid_json", null)]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"top_logprobs\":3}", HttpStatusCode.BadRequest, "invalid_value", "top_logprobs")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream_options\":{}}", HttpStatusCode.BadRequest, "invalid_value", "stream_options")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"tools\":[{}]}", HttpStatusCode.BadRequest, "unsupported_parameter", "tools")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_token\":5}", HttpStatusCode.BadRequest, "unknown_parameter", "max_token")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"logit_bias\":{\"99999\":1}}", HttpStatusCode.BadRequest, "invalid_value", "logit_bias.99999")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"strategies\":[{\"name\":\"best_of_m\"}]}", HttpStatusCode.BadRequest, "invalid_strategy", "strategies[0].name")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"strategies\":[{\"name\":\"best_of_n\",\"n\":0}]}", HttpStatusCode.BadRequest, "invalid_strategy", "strategies[0].n")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"strategies\":{}}", HttpStatusCode.BadRequest, "invalid_strategy", "strategies")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"strategy\":{\"name\":\"best_of_n\",\"size\":2}}", HttpStatusCode.BadRequest, "invalid_strategy", "strategy.size")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"strategy\":{\"name\":\"plain\"},\"strategies\":[]}", HttpStatusCode.BadRequest, "invalid_value", "strategy")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"budget\":{\"max_total_tokens\":1}}", HttpStatusCode.BadRequest, "invalid_value", "budget.max_total_tokens")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"n\":128,\"strategy\":{\"name\":\"best_of_n\",\"n\":64}}", HttpStatusCode.BadRequest, "invalid_strategy", "strategy")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"budget\":{\"max_total_tokens\":0}}", HttpStatusCode.BadRequest, "invalid_value", "budget.max_total_tokens")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"budget\":{\"deadline_ms\":0}}", HttpStatusCode.BadRequest, "invalid_value", "budget.deadline_ms")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"budget\":{\"max_flops\":0}}", HttpStatusCode.BadRequest, "invalid_value", "budget.max_flops")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"verifiers\":{}}", HttpStatusCode.BadRequest, "invalid_verifier", "verifiers")]
    [InlineData(Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"verifiers\":[{\"name\":\"oracle\"}]}", HttpStatusCode.BadRequest, "invalid_verifier", "verifiers[0].name")]
    [InlineData(Completions, "{\"prompt\":\"\"}", HttpStatusCode.BadRequest, "invalid_value", "prompt")]
    [InlineData(Completions, "{\"prompt\":[\"a\",\"\"]}", HttpStatusCode.BadRequest, "invalid_value", "prompt[1]")]
    [InlineData(Completions, "{\"prompt\":[99999]}", HttpStatusCode.BadRequest, "invalid_value", "prompt[0]")]
    [InlineData(Completions, "{\"prompt\":\"a\",\"max_tokens\":0}", HttpStatusCode.BadRequest, "invalid_value", "max_tokens")]
    [InlineData(Completions, "{\"prompt\":\"a\",\"best_of\":3}", HttpStatusCode.BadRequest, "unsupported_parameter", "best_of")]
    [InlineData(Completions, "{\"prompt\":\"a\",\"suffix\":\"b\"}", HttpStatusCode.BadRequest, "unsupported_parameter", "suffix")]
    [InlineData(Completions, "{\"prompt\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"],\"n\":128}", HttpStatusCode.BadRequest, "invalid_value", "n")]
    [InlineData("/api/generate", "{}", HttpStatusCode.BadRequest, "missing_required_parameter", "prompt")]
    [InlineData("/api/generate", "{\"prompt\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", HttpStatusCode.BadRequest, "invalid_value", "prompt")]
    [InlineData("/api/generate", "{\"prompt\":\"a\",\"n\":2}", HttpStatusCode.BadRequest, "unknown_parameter", "n")]
    [InlineData("/api/score", "{\"prompt\":\"a\"}", HttpStatusCode.BadRequest, "missing_required_parameter", "continuation")]
    [InlineData("/api/score", "{\"prompt\":\"a\",\"continuation\":\"\"}", HttpStatusCode.BadRequest, "invalid_value", "continuation")]
    [InlineData("/api/score", "{\"prompt\":\"a\",\"continuation\":\"b\",\"model\":\"x\"}", HttpStatusCode.NotFound, "model_not_found", "model")]
    public async Task Post_BadBody_IsRefusedWithTheFieldsPath(string path, string json, HttpStatusCode status, string code, string? param)
    {
        JsonNode error = await RefusalAsync(await _server.PostAsync(path, json), status);
        Assert.Equal((code, param), ((string?)error["code"], (string?)error["param"]));
        Assert.Equal("invalid_request_error", (string?)error["type"]);
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Completions)]
    [InlineData("/api/generate")]
    public async Task Post_PromptOverTheContext_IsContextLengthExceeded(string path)
    {
        string text = string.Concat(Enumerable.Repeat("7 ", TestServer.Context));
        string json = path == Chat ? $$"""{"messages":[{"role":"user","content":"{{text}}"}]}""" : $$"""{"prompt":"{{text}}"}""";
        JsonNode error = await RefusalAsync(await _server.PostAsync(path, json), HttpStatusCode.BadRequest);
        Assert.Equal("context_length_exceeded", (string?)error["code"]);
        Assert.Contains($"context holds {TestServer.Context}", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RefusedStream_StillHasItsStatus() =>
        await RefusalAsync(await _server.PostAsync(Chat, """{"messages":[{"role":"user","content":"hi"}],"stream":true,"strategies":[{"name":"best_of_n","n":1024},{"name":"best_of_n","n":2}]}"""), HttpStatusCode.BadRequest);

    [Fact]
    public async Task Post_InvalidUtf8_IsRefused()
    {
        using var content = new ByteArrayContent([.. "{\"prompt\":\""u8, 0xFF, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        JsonNode error = await RefusalAsync(await _server.Http.PostAsync(Completions, content), HttpStatusCode.BadRequest);
        Assert.Equal("invalid_utf8", (string?)error["code"]);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Post_NotSentAsJson_Is415(string? type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"prompt":"a"}"""));
        content.Headers.ContentType = type is null ? null : new(type);
        JsonNode error = await RefusalAsync(await _server.Http.PostAsync(Completions, content), HttpStatusCode.UnsupportedMediaType);
        Assert.Equal("unsupported_media_type", (string?)error["code"]);
        Assert.Contains("Content-Type: application/json", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_BodyOverTheLimit_Is413()
    {
        await using TestServer small = await TestServer.StartAsync(flags: ("MaxBodyBytes", "1024"));
        JsonNode error = await RefusalAsync(await small.PostAsync(Completions, $$"""{"prompt":"{{new string('a', 5000)}}"}"""), HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal("body_too_large", (string?)error["code"]);
        Assert.Contains("1,024", (string?)error["message"], StringComparison.Ordinal);
        await small.GetJsonAsync("/v1/models");
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nnot a length\r\n")]
    [InlineData("Content-Length: many\r\n\r\n{}")]
    public async Task Post_BrokenHttp_IsRefused(string rest)
    {
        using var socket = new System.Net.Sockets.TcpClient(_server.Address.Host, _server.Address.Port);
        await using System.Net.Sockets.NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {Chat} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n{rest}"));
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 400", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        await _server.PostJsonAsync(Completions, """{"prompt":"a","max_tokens":1}""");
    }

    [Fact]
    public async Task Get_UnknownRoute_Is404()
    {
        JsonNode error = await RefusalAsync(await _server.Http.GetAsync("/v1/nothing"), HttpStatusCode.NotFound);
        Assert.Equal("route_not_found", (string?)error["code"]);
    }

    [Fact]
    public async Task Get_RouteForPost_Is405AndNamesTheMethod()
    {
        HttpResponseMessage response = await _server.Http.GetAsync(Chat);
        Assert.Contains("POST", response.Content.Headers.Allow);
        JsonNode error = await RefusalAsync(response, HttpStatusCode.MethodNotAllowed);
        Assert.Equal("method_not_allowed", (string?)error["code"]);
    }

    [Fact]
    public async Task Get_UnknownModel_Is404()
    {
        JsonNode error = await RefusalAsync(await _server.Http.GetAsync("/v1/models/gpt-5"), HttpStatusCode.NotFound);
        Assert.Equal("model_not_found", (string?)error["code"]);
    }

    [Fact]
    public async Task Post_UnknownFieldWhenLenient_IsAnswered()
    {
        await using TestServer lenient = await TestServer.StartAsync(flags: ("Strict", "false"));
        await lenient.PostJsonAsync(Completions, """{"prompt":"a","max_tokens":1,"nonsense":true}""");
    }

    private async Task<JsonNode> RefusalAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        using (response)
        {
            string body = await response.Content.ReadAsStringAsync();
            Assert.True(status == response.StatusCode, $"{response.StatusCode}: {body}");
            Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
            JsonNode error = JsonNode.Parse(body)!["error"]!;
            Assert.Equal(["message", "type", "param", "code"], error.AsObject().Select(member => member.Key));
            Assert.False(string.IsNullOrWhiteSpace((string?)error["message"]));
            await _server.UntilAsync(() => _server.Engine.Statistics.Live == 0);
            await _server.PostJsonAsync(Completions, """{"prompt":"a","max_tokens":1}""");
            return error;
        }
    }
}
