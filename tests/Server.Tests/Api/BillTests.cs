using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

/// <summary>What a request cost, and what a budget does to it.</summary>
public sealed class BillTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Chat = "/v1/chat/completions", Completions = "/v1/completions", Generate = "/api/generate";
    private readonly TestServer _server = tiny.Server;

    [Theory]
    [InlineData(Chat)]
    [InlineData(Completions)]
    [InlineData(Generate)]
    public async Task Include_AllThree_AreTopLevelMembersThatAgree(string path)
    {
        JsonNode body = await _server.PostJsonAsync(path, Request(path, "\"strategies\":[{\"name\":\"best_of_n\",\"n\":3}],\"max_tokens\":6,\"ignore_eos\":true,\"include\":[\"bill\",\"trace\",\"candidates\"]"));
        JsonNode bill = body["bill"]!, tokens = bill["tokens"]!;
        JsonArray lines = bill["candidates"]!.AsArray();
        Assert.Equal(["prompt", "cached", "answer", "discarded", "forced", "scorer"], tokens.AsObject().Select(kind => kind.Key));
        Assert.Equal((6, 12), ((int)tokens["answer"]!, (int)tokens["discarded"]!));
        Assert.Equal(18, (int)body["usage"]!["completion_tokens"]!);
        Assert.Equal(18, lines.Sum(line => (int)line!["sampled"]! + (int)line["overshoot"]!));
        Assert.All(lines, line => Assert.Equal("length", (string?)line!["finish_reason"]));
        Assert.All(lines, line => Assert.True((double)line!["elapsed_ms"]! <= (double)bill["elapsed_ms"]!));
        JsonNode winner = Assert.Single(lines, line => (bool)line!["selected"]!)!;
        Assert.Equal((int)winner["index"]!, (int)Assert.Single(body["candidates"]!.AsArray(), candidate => (bool)candidate!["selected"]!)!["index"]!);
        Assert.True((double)bill["estimated_flops"]! > 0);
        Assert.Equal(3, body["trace"]!.AsArray().Count(happened => (string?)happened!["type"] == "finished"));
        Assert.Null(body["budget_exhausted"]);
    }

    [Fact]
    public async Task Usage_OfAPlanThatWritesPrompts_CountsThemAsTheBillDoes()
    {
        string plain = Request(Chat, "\"max_tokens\":6,\"ignore_eos\":true");
        int prompt = (int)(await _server.PostJsonAsync(Chat, plain))["usage"]!["prompt_tokens"]!;
        JsonNode body = await _server.PostJsonAsync(Chat, Request(Chat,
            "\"strategies\":[{\"name\":\"heart\"}],\"verifiers\":[{\"name\":\"regex\",\"pattern\":\"^never$\"}],\"max_tokens\":6,\"ignore_eos\":true,\"include\":[\"bill\"]"));
        JsonNode usage = body["usage"]!, tokens = body["bill"]!["tokens"]!;
        int told = (int)usage["prompt_tokens"]!, cached = (int)usage["prompt_tokens_details"]!["cached_tokens"]!;
        Assert.True(told > prompt, body.ToJsonString());
        Assert.Equal((int)tokens["prompt"]! - (int)tokens["cached"]!, told - cached);
        Assert.Equal(told + (int)usage["completion_tokens"]!, (int)usage["total_tokens"]!);
        // What the cache has by now still counts as the request's own.
        JsonNode again = (await _server.PostJsonAsync(Chat, plain))["usage"]!;
        Assert.Equal(prompt, (int)again["prompt_tokens"]!);
        Assert.InRange((int)again["prompt_tokens_details"]!["cached_tokens"]!, 1, prompt);
    }

    [Theory]
    [InlineData(Chat, "max_total_tokens", "40")]
    [InlineData(Completions, "max_total_tokens", "40")]
    [InlineData(Generate, "max_total_tokens", "40")]
    [InlineData(Generate, "max_flops", "1")]
    public async Task Budget_Reached_ReturnsTheBestSoFarAndSaysSo(string path, string limit, string value)
    {
        JsonNode body = await _server.PostJsonAsync(path, Request(path, $"\"strategies\":[{{\"name\":\"best_of_n\",\"n\":4}}],\"ignore_eos\":true,\"budget\":{{\"{limit}\":{value}}}"));
        Assert.Equal(limit, (string?)body["budget_exhausted"]);
        Assert.Equal("length", (string?)(body["choices"]?[0] ?? body)["finish_reason"]);
        Assert.True((int)body["usage"]!["completion_tokens"]! < 4 * 60);
        await _server.UntilAsync(() => _server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Budget_ReachedInAStream_IsSaidWhereTheChoiceEnds()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync(Chat, Request(Chat, "\"stream\":true,\"ignore_eos\":true,\"budget\":{\"max_total_tokens\":40}"));
        JsonNode end = Assert.Single(events.SkipLast(1).Select(e => JsonNode.Parse(e.Data)!), chunk => chunk["choices"]!.AsArray().Any(choice => choice!["finish_reason"] is not null));
        Assert.Equal(("length", "max_total_tokens"), ((string?)end["choices"]![0]!["finish_reason"], (string?)end["budget_exhausted"]));
    }

    private static string Request(string path, string fields) =>
        $"{{{(path == Chat ? "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" : "\"prompt\":\"Emma has\"")},\"seed\":3,{(path == Completions && !fields.Contains("max_tokens\":6", StringComparison.Ordinal) ? "\"max_tokens\":60," : "")}{fields}}}";
}
