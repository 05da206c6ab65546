using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Security;

/// <summary>A server that asks for keys: who gets in, and that nobody sees what is another's.</summary>
public sealed class TenantTests(TenantTests.KeyedServer keyed) : IClassFixture<TenantTests.KeyedServer>
{
    private const string Alice = "sk-alice-0123456789", Bob = "sk-bob-0123456789ab";
    private const string Arms = """[{"name":"plain"},{"name":"bo2","strategies":[{"name":"best_of_n","n":2}]}]""";

    private readonly TestServer _server = keyed.Server;

    [Theory]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/api/generate")]
    [InlineData("POST", "/API/Generate")]
    [InlineData("POST", "/api/score")]
    [InlineData("POST", "/api/feedback")]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/api/experiments")]
    [InlineData("PUT", "/api/experiments/x")]
    [InlineData("DELETE", "/api/experiments/x")]
    [InlineData("GET", "/api/traces")]
    [InlineData("GET", "/api/traces/export")]
    [InlineData("GET", "/api/handbooks")]
    [InlineData("GET", "/api/jobs")]
    [InlineData("GET", "/api/calibration")]
    [InlineData("GET", "/api/no-such-route")]
    public async Task Send_WithoutARightKey_Is401InOpenAIsShape(string method, string path)
    {
        foreach (string? key in (string?[])[null, "Bearer wrong", "Bearer", $"Basic {Alice}", Alice, $"Bearer {Alice}x"])
        {
            using HttpResponseMessage response = await SendAsync(method, path, "{}", key);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
            JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal(("invalid_api_key", "invalid_request_error"), ((string?)error["code"], (string?)error["type"]));
            Assert.DoesNotContain("wrong", (string?)error["message"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/")]
    [InlineData("/swagger/v1/swagger.json")]
    public async Task Get_WhatIsNobodys_NeedsNoKey(string path)
    {
        using HttpResponseMessage response = await SendAsync("GET", path, null, null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Read_WhatIsAnothers_FindsNothing()
    {
        JsonNode answer = await AsAsync(Alice, "POST", "/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"hi"}],"max_tokens":2,"store":true,"experiment":{"name":"mine","unit":"u","arms":{{Arms}} } }""");
        string id = (string)answer["id"]!;
        await AsAsync(Alice, "PUT", "/api/experiments/named", $$"""{"arms":{{Arms}} }""");
        await AsAsync(Alice, "PUT", "/api/handbooks/mine", """{"behaviours":[{"name":"behavior_mine","instruction":"An instruction that is long enough."}]}""");
        string job = (string)(await AsAsync(Alice, "POST", "/api/calibration/mine", """{"problems":[{"question":"a","answer":"1"}],"strategies":[{"name":"best_of_n","n":2}],"max_tokens":2}"""))["id"]!;
        while ((string?)(await AsAsync(Alice, "GET", $"/api/jobs/{job}"))["status"] == "running")
            await Task.Delay(5);
        while ((await SendAsync("GET", $"/api/traces/{id}", null, $"Bearer {Alice}")).StatusCode == HttpStatusCode.NotFound)
            await Task.Delay(5);

        string[] mine = [$"/v1/chat/completions/{id}", "/api/experiments/mine", "/api/experiments/mine/history", "/api/experiments/mine/export", "/api/experiments/named", "/v1/models/exp/named",
            "/api/handbooks/mine", "/api/handbooks/mine/behaviours/behavior_mine", $"/api/jobs/{job}", $"/api/traces/{id}"];
        foreach (string path in mine)
        {
            using HttpResponseMessage own = await SendAsync("GET", path, null, $"Bearer {Alice}"), others = await SendAsync("GET", path, null, $"Bearer {Bob}");
            Assert.Equal((path, HttpStatusCode.OK, HttpStatusCode.NotFound), (path, own.StatusCode, others.StatusCode));
        }
        foreach (string list in (string[])["/api/experiments", "/api/handbooks", "/api/jobs", "/api/traces", "/api/traces/export", "/api/calibration", "/v1/models"])
        {
            using HttpResponseMessage response = await SendAsync("GET", list, null, $"Bearer {Bob}");
            string text = await response.Content.ReadAsStringAsync();
            Assert.All((string[])["mine", "named", id, job], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
        string feedback = $$"""{"request_id":"{{id}}","name":"correct","value":true}""";
        (string Method, string Path, string? Body)[] writes =
        [
            ("POST", "/api/feedback", feedback), ("DELETE", $"/api/traces/{id}", null), ("DELETE", "/api/experiments/mine", null), ("POST", "/api/experiments/mine/stop", ""),
            ("DELETE", "/api/handbooks/mine", null), ("DELETE", $"/v1/chat/completions/{id}", null), ("DELETE", $"/api/jobs/{job}", null),
            ("POST", "/v1/completions", """{"model":"exp/named","prompt":"a"}"""), ("POST", "/v1/completions", """{"prompt":"a","experiment":{"name":"mine"}}"""),
        ];
        foreach ((string method, string path, string? body) in writes)
        {
            using HttpResponseMessage response = await SendAsync(method, path, body, $"Bearer {Bob}");
            Assert.Equal((path, HttpStatusCode.NotFound), (path, response.StatusCode));
        }
        Assert.Equal("added", (string?)(await AsAsync(Alice, "POST", "/api/feedback", feedback))["status"]);
        // The same name is another experiment for another tenant.
        await AsAsync(Bob, "POST", "/v1/completions", """{"prompt":"a","max_tokens":1,"experiment":{"name":"mine","arms":[{"name":"x"},{"name":"y","sampling":{"temperature":0.5}}]}}""");
    }

    [Fact]
    public async Task Strategy_NamesAHandbook_FindsItsTenantsAlone()
    {
        await AsAsync(Alice, "PUT", "/api/handbooks/hints", """{"behaviours":[{"name":"behavior_mine","instruction":"An instruction that is long enough."}]}""");
        const string Request = """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2,"strategies":[{"name":"handbook","handbook":"hints"}]}""";
        await AsAsync(Alice, "POST", "/v1/chat/completions", Request);
        using HttpResponseMessage others = await SendAsync("POST", "/v1/chat/completions", Request, $"Bearer {Bob}");
        Assert.Equal(HttpStatusCode.BadRequest, others.StatusCode);
        Assert.Contains("there is no handbook 'hints'", await others.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiment_WithoutAUnit_TakesTheKey()
    {
        var arms = new HashSet<string>();
        for (int i = 0; i < 12; i++)
            arms.Add((string)(await AsAsync(Alice, "POST", "/v1/completions", $$"""{"prompt":"number {{i}}","user":"user-{{i}}","max_tokens":1,"experiment":{"name":"by-key","arms":{{Arms}} } }"""))["experiment"]!["arm"]!);
        Assert.Single(arms);
        await AsAsync(Alice, "PUT", "/api/experiments/by-user", $$"""{"arms":{{Arms}},"unit_by":"user"}""");
        for (int i = 0; i < 12; i++)
            arms.Add((string)(await AsAsync(Alice, "POST", "/v1/completions", $$"""{"model":"exp/by-user","prompt":"a","user":"user-{{i}}","max_tokens":1}"""))["experiment"]!["arm"]!);
        Assert.Equal(2, arms.Count);
    }

    private async Task<JsonNode> AsAsync(string key, string method, string path, string? body = null)
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, $"Bearer {key}");
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? body, string? authorization)
    {
        var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        if (authorization is not null)
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization));
        return _server.Http.SendAsync(request);
    }

    /// <summary>A server for two.</summary>
    public sealed class KeyedServer : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        public TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            string file = _folder.File("keys.json");
            await File.WriteAllTextAsync(file, $$"""{"alice":"{{Alice}}","bob":"{{Bob}}"}""");
            Server = await TestServer.StartAsync(flags: ("ApiKeys", file));
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            _folder.Dispose();
        }
    }
}
