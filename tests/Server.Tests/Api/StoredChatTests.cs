using System.Net;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

public sealed class StoredChatTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Chat = "/v1/chat/completions";
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Store_Asked_IsReadAgainAsItWasSentUntilDeleted()
    {
        JsonNode sent = await _server.PostJsonAsync(Chat, Request("\"store\":true,\"metadata\":{\"topic\":\"stamps\"}"));
        Assert.True((bool)sent["stored"]!);
        string path = $"{Chat}/{sent["id"]}";
        JsonNode read = await _server.GetJsonAsync(path);
        sent.AsObject().Remove("stored");
        Assert.Equal(sent.ToJsonString(), read.ToJsonString());
        Assert.Equal("stamps", (string?)read["metadata"]!["topic"]);

        using (HttpResponseMessage deleted = await _server.Http.DeleteAsync(path))
        {
            JsonNode body = JsonNode.Parse(await deleted.Content.ReadAsStringAsync())!;
            Assert.Equal(((string?)sent["id"], "chat.completion.deleted", true), ((string?)body["id"], (string?)body["object"], (bool)body["deleted"]!));
        }
        await AssertGoneAsync(HttpMethod.Get, path);
        await AssertGoneAsync(HttpMethod.Delete, path);
    }

    [Fact]
    public async Task Store_Stream_IsReadAgainAsOneAnswer()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Chat, Request("\"store\":true,\"stream\":true"));
        JsonNode last = JsonNode.Parse(events[^2].Data)!;
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.True((bool)last["stored"]!);
        string text = string.Concat(events.SkipLast(1).SelectMany(e => JsonNode.Parse(e.Data)!["choices"]!.AsArray()).Select(choice => (string?)choice!["delta"]!["content"]));
        JsonNode read = await _server.GetJsonAsync($"{Chat}/{last["id"]}");
        Assert.Equal(text, (string?)read["choices"]![0]!["message"]!["content"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"store\":false")]
    [InlineData("\"store\":null")]
    public async Task Store_NotAsked_KeepsNothing(string fields)
    {
        JsonNode sent = await _server.PostJsonAsync(Chat, Request(fields));
        Assert.Null(sent["stored"]);
        await AssertGoneAsync(HttpMethod.Get, $"{Chat}/{sent["id"]}");
    }

    [Theory]
    [InlineData("chatcmpl-unknown")]
    [InlineData("a%2Fb")]
    [InlineData("..")]
    [InlineData("a%0Ab")]
    public async Task Get_NoSuchResponse_Is404(string id)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync($"{Chat}/{id}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Store_StateIsAway_AnswersAndSaysThatItWasNotKept()
    {
        var nobody = new State.RedisServer();
        await using TestServer server = await TestServer.StartAsync(flags: ("Redis", nobody.Configuration));
        JsonNode sent = await server.PostJsonAsync(Chat, Request("\"store\":true"));
        Assert.False((bool)sent["stored"]!);
        Assert.NotNull(sent["choices"]![0]!["message"]!["content"]);
        using HttpResponseMessage read = await server.Http.GetAsync($"{Chat}/{sent["id"]}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, read.StatusCode);
        Assert.Equal("state_unavailable", (string?)JsonNode.Parse(await read.Content.ReadAsStringAsync())!["error"]!["code"]);
        await nobody.DisposeAsync();
    }

    private static string Request(string fields) => $$"""{"messages":[{"role":"user","content":"hi"}],"max_tokens":5,"ignore_eos":true{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    private async Task AssertGoneAsync(HttpMethod method, string path)
    {
        using HttpResponseMessage response = await _server.Http.SendAsync(new(method, path));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("response_not_found", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]);
    }
}
