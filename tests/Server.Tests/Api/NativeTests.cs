using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

public sealed class NativeTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Plan = """ "strategies":[{"name":"best_of_n","n":4,"select":"likelihood"}], "max_tokens":10, "seed":5, "ignore_eos":true """;
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Generate_Plan_ReturnsCandidatesAndBill()
    {
        JsonNode body = await _server.PostJsonAsync("/api/generate", $$"""{"prompt":"Emma has", "logprobs":true, "top_logprobs":2, {{Plan}} }""");
        JsonArray candidates = body["candidates"]!.AsArray();
        Assert.Equal([0, 1, 2, 3], candidates.Select(candidate => (int)candidate!["index"]!));
        JsonNode selected = Assert.Single(candidates, candidate => (bool)candidate!["selected"]!)!;
        Assert.Equal((string?)body["text"], (string?)selected["text"]);
        Assert.Equal(candidates.Max(candidate => (double)candidate!["mean_logprob"]!), (double)selected["mean_logprob"]!);
        Assert.All(candidates, candidate =>
        {
            Assert.Equal((10, "length"), (candidate!["tokens"]!.AsArray().Count, (string?)candidate["finish_reason"]));
            Assert.All(candidate["tokens"]!.AsArray(), token => Assert.Equal(2, token!["top_logprobs"]!.AsArray().Count));
            Assert.InRange((double)candidate["tokens"]![0]!["value"]!, 0, 1);
        });
        Assert.Equal((10, 30), ((int)body["bill"]!["tokens"]!["answer"]!, (int)body["bill"]!["tokens"]!["discarded"]!));
        Assert.Equal(40, (int)body["usage"]!["completion_tokens"]!);
        Assert.Equal("best_of_n", (string?)body["strategies"]![0]!["name"]);
    }

    [Fact]
    public async Task Generate_Stream_TellsEverythingAndEndsWithTheResponse()
    {
        JsonNode whole = await _server.PostJsonAsync("/api/generate", $$"""{"prompt":"Emma has", {{Plan}} }""");
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync("/api/generate", $$"""{"prompt":"Emma has", "stream":true, {{Plan}} }""");
        Assert.Equal(4, events.Count(e => e.Name == "candidate_started"));
        Assert.Equal(4, events.Count(e => e.Name == "finished"));
        JsonNode done = JsonNode.Parse(events[^1].Data)!;
        Assert.Equal("done", events[^1].Name);
        Assert.Equal((string?)whole["text"], (string?)done["text"]);
        foreach (JsonNode? candidate in done["candidates"]!.AsArray())
        {
            JsonNode[] texts = [.. events.Where(e => e.Name == "text").Select(e => JsonNode.Parse(e.Data)!).Where(e => (int)e["candidate"]! == (int)candidate!["index"]!)];
            Assert.Equal((string?)candidate!["text"], string.Concat(texts.Select(e => (string?)e["text"])));
            Assert.Equal(10, texts.Count(e => e["token"] is not null));
        }
    }

    [Fact]
    public async Task Generate_Messages_GoThroughTheChatTemplate()
    {
        JsonNode native = await _server.PostJsonAsync("/api/generate", """{"messages":[{"role":"user","content":"hi"}], "max_tokens":8, "seed":3, "ignore_eos":true}""");
        JsonNode chat = await _server.PostJsonAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"hi"}], "max_tokens":8, "seed":3, "ignore_eos":true}""");
        Assert.Equal((string?)chat["choices"]![0]!["message"]!["content"], (string?)native["text"]);
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)native["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task Generate_DeadlineOfAMillisecond_StillAnswers()
    {
        JsonNode body = await _server.PostJsonAsync("/api/generate", """{"prompt":"Emma has", "ignore_eos":true, "strategies":[{"name":"best_of_n","n":64,"select":"likelihood"}], "budget":{"deadline_ms":1}}""");
        Assert.Equal(("length", "deadline_ms"), ((string?)body["finish_reason"], (string?)body["bill"]!["budget_exhausted"]));
    }

    [Fact]
    public async Task Score_SeveralContinuations_SumTheirTokens()
    {
        JsonNode body = await _server.PostJsonAsync("/api/score", """{"prompt":"Emma has", "continuation":[" 3 bags"," 4 bags"], "top_logprobs":3}""");
        JsonArray continuations = body["continuations"]!.AsArray();
        Assert.Equal([" 3 bags", " 4 bags"], continuations.Select(continuation => (string?)continuation!["text"]));
        Assert.All(continuations, continuation =>
        {
            JsonArray tokens = continuation!["tokens"]!.AsArray();
            Assert.Equal(tokens.Sum(token => (double)token!["logprob"]!), (double)continuation["sum_logprob"]!, 1e-4);
            Assert.Equal((double)continuation["sum_logprob"]! / tokens.Count, (double)continuation["mean_logprob"]!, 1e-6);
            Assert.InRange((double)continuation["end_value"]!, 0, 1);
            Assert.All(tokens, token =>
            {
                Assert.Equal(3, token!["top_logprobs"]!.AsArray().Count);
                Assert.True((double)token["top_logprobs"]![0]!["logprob"]! >= (double)token["logprob"]!);
                Assert.True((double)token["entropy"]! > 0);
            });
        });
    }

    [Fact]
    public async Task Score_AContinuationOverTheContext_IsRefused()
    {
        string text = string.Concat(Enumerable.Repeat("7 ", TestServer.Context));
        using HttpResponseMessage response = await _server.PostAsync("/api/score", $$"""{"prompt":"a", "continuation":["b","{{text}}"]}""");
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(("context_length_exceeded", "continuation[1]"), ((string?)error["code"], (string?)error["param"]));
    }

    [Fact]
    public async Task Strategies_List_HasASchemaForEach()
    {
        JsonArray strategies = (await _server.GetJsonAsync("/api/strategies"))["strategies"]!.AsArray();
        Assert.Contains("best_of_n", strategies.Select(strategy => (string?)strategy!["name"]));
        Assert.All(strategies, strategy =>
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)strategy!["summary"]));
            Assert.Equal((string?)strategy["name"], (string?)strategy["schema"]!["properties"]!["name"]!["const"]);
        });
    }

    [Fact]
    public async Task Models_ListAndGet_DescribeTheModel()
    {
        JsonNode listed = Assert.Single((await _server.GetJsonAsync("/v1/models"))["data"]!.AsArray())!;
        JsonNode got = await _server.GetJsonAsync("/v1/models/tiny");
        Assert.Equal(listed.ToJsonString(), got.ToJsonString());
        Assert.Equal(("tiny", "model", TestServer.Context, "fp32"), ((string?)got["id"], (string?)got["object"], (int)got["max_model_len"]!, (string?)got["weights"]));
    }

    [Fact]
    public async Task Root_Page_IsTheDashboardAndLinksTheDescription()
    {
        string page = await _server.Http.GetStringAsync("/");
        Assert.Contains("<title>Inference-time compute", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/swagger\"", page, StringComparison.Ordinal);
        using HttpResponseMessage swagger = await _server.Http.GetAsync("/swagger/index.html");
        Assert.True(swagger.IsSuccessStatusCode);
    }
}
