using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Handbooks;

public sealed class HandbooksApiTests : IAsyncLifetime
{
    private const string Root = "/api/handbooks", Instruction = "An instruction that is long enough.";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Handbook_WrittenReadAndDeleted_IsWhatItShouldBeAtEachStep()
    {
        Assert.Empty((await _server.GetJsonAsync(Root))["handbooks"]!.AsArray());
        JsonNode written = await PutAsync($"{Root}/math", $$"""{"behaviours":[{"name":"behavior_b","instruction":"{{Instruction}}","topics":["x"],"provenance":"me"},{"name":"behavior_a","instruction":"{{Instruction}}"}]}""");
        Assert.Equal(["behavior_a", "behavior_b"], written["behaviours"]!.AsArray().Select(entry => (string?)entry!["name"]));
        Assert.Equal("""[{"name":"math","version":1,"active":2,"retired":0}]""", (await _server.GetJsonAsync(Root))["handbooks"]!.ToJsonString());
        Assert.Equal(written.ToJsonString(), (await _server.GetJsonAsync($"{Root}/math")).ToJsonString());

        JsonNode reworded = await PutAsync($"{Root}/math/behaviours/behavior_a", """{"instruction":"Another instruction, longer than before."}""");
        Assert.Equal((2, Instruction), ((int)reworded["version"]!, (string?)reworded["former"]![0]!["instruction"]));
        Assert.Equal(reworded.ToJsonString(), (await _server.GetJsonAsync($"{Root}/math/behaviours/behavior_a")).ToJsonString());
        await PutAsync($"{Root}/math/behaviours/behavior_c", $$"""{"instruction":"{{Instruction}}","retired":"by hand"}""");
        Assert.Equal("""[{"name":"math","version":3,"active":2,"retired":1}]""", (await _server.GetJsonAsync(Root))["handbooks"]!.ToJsonString());

        await SendAsync(HttpMethod.Delete, $"{Root}/math/behaviours/behavior_a", null, HttpStatusCode.OK);
        await SendAsync(HttpMethod.Delete, $"{Root}/math/behaviours/behavior_a", null, HttpStatusCode.NotFound, "behaviour_not_found");
        await SendAsync(HttpMethod.Delete, $"{Root}/math", null, HttpStatusCode.OK);
        await SendAsync(HttpMethod.Delete, $"{Root}/math", null, HttpStatusCode.NotFound, "handbook_not_found");
    }

    [Fact]
    public async Task Handbook_ExportedAndImported_IsTheSameUnderAnotherName()
    {
        await PutAsync($"{Root}/math", $$"""{"behaviours":[{"name":"behavior_a","instruction":"{{Instruction}}","topics":["x","y z"],"provenance":"me","retired":"by hand"}]}""");
        JsonNode export = await _server.GetJsonAsync($"{Root}/math");
        JsonNode import = await PutAsync($"{Root}/copy", export.ToJsonString());
        Assert.Equal(export["behaviours"]!.ToJsonString(), import["behaviours"]!.ToJsonString());
    }

    [Fact]
    public async Task Sample_Imported_ServesAPlanOfFiveStrategies()
    {
        await PutAsync($"{Root}/default", await File.ReadAllTextAsync(Path.Combine(InferenceServer.Shared.RepositoryRoot.Path, "samples", "handbook.json")));
        JsonNode body = await _server.PostJsonAsync("/api/generate", """
            {"prompt":"Emma has 3 groups of stamps.","max_tokens":40,"strategies":[{"name":"bouncer","k":2},{"name":"heart"},{"name":"handbook"},{"name":"best_of_n","n":2},{"name":"early_rejection","n":4}]}
            """);
        Assert.Equal(5, body["strategies"]!.AsArray().Count);
    }

    [Fact]
    public async Task Put_IfVersion_IsRefusedWhenSomebodyWasFaster()
    {
        await PutAsync($"{Root}/math", """{"if_version":0,"behaviours":[]}""");
        await SendAsync(HttpMethod.Put, $"{Root}/math", """{"if_version":0,"behaviours":[]}""", HttpStatusCode.Conflict, "version_conflict");
        await PutAsync($"{Root}/math", """{"if_version":1,"behaviours":[]}""");
        Assert.Equal(2, (int)(await _server.GetJsonAsync($"{Root}/math"))["version"]!);
    }

    [Theory]
    [InlineData("Math", """{"behaviours":[]}""", "name")]
    [InlineData("a%2Fb", """{"behaviours":[]}""", "name")]
    [InlineData("m", """{}""", "behaviours")]
    [InlineData("m", """{"behaviours":[{"instruction":"An instruction that is long enough."}]}""", "behaviours[0].name")]
    [InlineData("m", """{"behaviours":[{"name":"x","instruction":"An instruction that is long enough."}]}""", "behaviours[0].name")]
    [InlineData("m", """{"behaviours":[{"name":"behavior_a","instruction":"short"}]}""", "behaviours[0].instruction")]
    [InlineData("m", """{"behaviours":[{"name":"behavior_a","instruction":"An instruction that is long enough."},{"name":"behavior_a","instruction":"An instruction that is long enough."}]}""", "behaviours[1].name")]
    [InlineData("m", """{"behaviours":[{"name":"behavior_a","instruction":"An instruction that is long enough.","topics":[""]}]}""", "behaviours[0].topics")]
    [InlineData("m", """{"behaviours":[],"if_version":-1}""", "if_version")]
    [InlineData("m/behaviours/x", """{"instruction":"An instruction that is long enough."}""", "name")]
    public async Task Put_ThatBreaksARule_IsRefusedWithTheFieldsPath(string path, string body, string param)
    {
        JsonNode error = await SendAsync(HttpMethod.Put, $"{Root}/{path}", body, HttpStatusCode.BadRequest);
        Assert.Equal(param, (string?)error["error"]!["param"]);
        Assert.Empty((await _server.GetJsonAsync(Root))["handbooks"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "/none", "handbook_not_found")]
    [InlineData("GET", "/none/behaviours/behavior_a", "handbook_not_found")]
    [InlineData("DELETE", "/none/behaviours/behavior_a", "handbook_not_found")]
    [InlineData("POST", "/none/retire", "handbook_not_found")]
    public async Task Any_NoSuchHandbook_Is404(string method, string path, string code) => await SendAsync(new(method), Root + path, null, HttpStatusCode.NotFound, code);

    [Fact]
    public async Task Retire_NothingIsDead_RetiresNothing()
    {
        await PutAsync($"{Root}/math", $$"""{"behaviours":[{"name":"behavior_a","instruction":"{{Instruction}}"}]}""");
        JsonNode body = await SendAsync(HttpMethod.Post, $"{Root}/math/retire", null, HttpStatusCode.OK);
        Assert.Empty(body["retired"]!.AsArray());
    }

    private Task<JsonNode> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body, HttpStatusCode.OK);

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, string? body, HttpStatusCode status, string? code = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
        JsonNode json = JsonNode.Parse(text)!;
        if (code is not null)
            Assert.Equal(code, (string?)json["error"]!["code"]);
        return json;
    }
}
