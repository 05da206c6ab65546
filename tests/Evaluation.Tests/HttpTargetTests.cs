using System.Net;
using System.Text;
using System.Text.Json;
using InferenceServer.Evaluation.Measuring;

namespace InferenceServer.Evaluation.Tests;

public class HttpTargetTests
{
    private static readonly Trial Plain = new() { Question = "5?", MaxTokens = 8, Seed = 7 };

    private const string Reply = """
        {"choices":[{"index":1,"message":{"content":"two"},"finish_reason":"length"},{"index":0,"message":{"content":"one"},"finish_reason":"stop",
        "logprobs":{"content":[{"token":"one","logprob":-0.5},{"token":"\n","logprob":-0.25}]}}],"usage":{"prompt_tokens":3,"completion_tokens":9}}
        """;

    private sealed class Server(HttpStatusCode status, string reply) : HttpMessageHandler
    {
        public HttpRequestMessage? Request { get; private set; }
        public JsonElement Body { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Request, Body) = (request, JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)).RootElement);
            return new(status) { Content = new StringContent(reply, Encoding.UTF8, "application/json") };
        }
    }

    [Fact]
    public async Task RunAsync_PlainSampling_IsARequestThatAnyServerUnderstands()
    {
        var server = new Server(HttpStatusCode.OK, Reply);
        await using var target = new HttpTarget("http://host:1234", "", "secret", server);
        TrialOutcome outcome = await target.RunAsync(Plain with { Samples = 2, WithTokens = true }, default);
        Assert.Equal(("http://host:1234/v1/chat/completions", "Bearer secret"), (server.Request!.RequestUri!.ToString(), server.Request.Headers.Authorization!.ToString()));
        Assert.Equal(["messages", "max_tokens", "temperature", "top_p", "seed", "n", "logprobs"], server.Body.EnumerateObject().Select(field => field.Name));
        Assert.Equal([("one", "stop"), ("two", "length")], outcome.Answers.Select(a => (a.Text, a.FinishReason)));
        Assert.Equal([-0.5f, -0.25f], outcome.Answers[0].Tokens!.LogProbs);
        Assert.Equal([2], outcome.Answers[0].Tokens!.StepEnds);
        Assert.Equal((3, 9), (outcome.Bill.Prompt, outcome.Bill.Completion));
        Assert.True(double.IsNaN(outcome.Bill.Flops));
    }

    [Fact]
    public async Task RunAsync_Plan_AsksForTheBillAndReadsIt()
    {
        var server = new Server(HttpStatusCode.OK, """
            {"choices":[{"index":0,"message":{"content":null,"refusal":"no"},"finish_reason":"abstained","abstention":{"stage":"output","confidence":0.25}}],
            "usage":{"prompt_tokens":3,"completion_tokens":9},"candidates":[{"text":"a"},{"text":"b"}],
            "bill":{"tokens":{"prompt":3,"cached":1,"answer":4,"discarded":3,"forced":2,"scorer":0},"estimated_flops":12.5,"scorer_flops":0.5}}
            """);
        await using var target = new HttpTarget("http://host/v1/", "reasoner", null, server);
        TrialOutcome outcome = await target.RunAsync(Plain with { Strategies = "[{\"name\":\"bouncer\"}]", Verifiers = "[{\"name\":\"step_arithmetic\"}]", WithAttempts = true }, default);
        Assert.Equal(("reasoner", "bouncer", "step_arithmetic"), (server.Body.GetProperty("model").GetString(), server.Body.GetProperty("strategies")[0].GetProperty("name").GetString(),
            server.Body.GetProperty("verifiers")[0].GetProperty("name").GetString()));
        Assert.Equal("""["bill","candidates"]""", server.Body.GetProperty("include").GetRawText());
        Assert.Equal(("", "output", 0.25), (outcome.Answers[0].Text, outcome.Answers[0].AbstainedAt, outcome.Answers[0].Score));
        Assert.Equal((3, 1, 4, 3, 2, 0, 12.5, 0.5), (outcome.Bill.Prompt, outcome.Bill.Cached, outcome.Bill.Answer, outcome.Bill.Discarded, outcome.Bill.Forced, outcome.Bill.Scorer, outcome.Bill.Flops, outcome.Bill.ScorerFlops));
        Assert.Equal(["a", "b"], outcome.Attempts);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, """{"error":{"message":"strategies[0].name is unknown"}}""", "answered 400: strategies[0].name is unknown")]
    [InlineData(HttpStatusCode.BadGateway, "<html>", "answered 502: <html>")]
    [InlineData(HttpStatusCode.OK, "<html>", "cannot be measured")]
    [InlineData(HttpStatusCode.OK, "{}", "cannot be measured")]
    public async Task RunAsync_ServerThatRefusesOrTalksNonsense_SaysSo(HttpStatusCode status, string reply, string expected)
    {
        await using var target = new HttpTarget("http://host", "", null, new Server(status, reply));
        Assert.Contains(expected, (await Assert.ThrowsAsync<EvaluationException>(() => target.RunAsync(Plain, default))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host:80")]
    [InlineData("nowhere")]
    public void Constructor_NoAddress_SaysWhatIsExpected(string url) =>
        Assert.Contains("http://", Assert.Throws<EvaluationException>(() => new HttpTarget(url, "", null)).Message, StringComparison.Ordinal);
}
