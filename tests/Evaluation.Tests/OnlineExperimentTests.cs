using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Evaluation.Online;

namespace InferenceServer.Evaluation.Tests;

public class OnlineExperimentTests
{
    private static readonly OnlineExperiment Experiment = new()
    {
        Name = "test",
        Arms = [new("plain", "[]"), new("bo8", """[{"name":"best_of_n","n":8}]""")],
        Step = 10,
    };

    private static readonly Problem[] Problems = [.. Enumerable.Range(0, 95).Select(i => new Problem($"question {i}", $"{i}"))];

    /// <summary>A server that answers every second question rightly and knows its verdict after so many labels.</summary>
    private sealed class Server(int verdictAfter) : HttpMessageHandler
    {
        public int Asked { get; set; }
        public List<(string Request, bool Value)> Labels { get; } = [];
        public Queue<HttpStatusCode> Failures { get; } = new();
        public string? Reason { get; init; }
        public JsonNode? LastRequest { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            JsonNode? body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(cancellationToken));
            lock (Labels)
            {
                if (Failures.TryDequeue(out HttpStatusCode failure))
                    return Reply(failure, """{"error":{"message":"not now"}}""");
                switch (request.RequestUri!.AbsolutePath)
                {
                    case "/v1/chat/completions":
                        Asked++;
                        LastRequest = body;
                        int question = int.Parse(((string)body!["messages"]![0]!["content"]!).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
                        string exposed = Reason is null ? "true" : $"false,\"reason\":\"{Reason}\"";
                        return Reply(HttpStatusCode.OK,
                            $$"""{"id":"r{{question}}","model":"m","system_fingerprint":"fp","choices":[{"message":{"content":"#### {{(question % 2 == 0 ? question : 1000)}}" } }],"experiment":{"exposed":{{exposed}} } }""");
                    case "/api/feedback":
                        Labels.Add(((string)body!["request_id"]!, (bool)body["value"]!));
                        return Reply(HttpStatusCode.OK, "{}");
                    case "/api/experiments/test/history":
                        return Reply(HttpStatusCode.OK, """{"metric":"correct","arms":[{"name":"bo8","points":[{"exposures":10,"effect":0.1,"interval":[-0.2,0.4]},{"exposures":20,"effect":0.15,"interval":[0.05,0.25]}]}]}""");
                    default:
                        if (Asked == 0)
                            return Reply(HttpStatusCode.NotFound, "{}");
                        string verdict = Asked >= verdictAfter ? "leading" : "too_early";
                        return Reply(HttpStatusCode.OK, $$"""
                            {"sample_ratio":{"p_value":0.5,"alarm":false},"arms":[{"name":"plain","exposures":{{Asked / 2}},"metrics":{"correct":{"n":1,"mean":0.35},"tokens":{"mean":90} } },
                            {"name":"bo8","exposures":{{Asked - Asked / 2}},"metrics":{"tokens":{"mean":400,"effect":310,"interval":[300,320]},"correct":{"n":1,"mean":0.5,"effect":0.15,"interval":[0.05,0.25],
                            "verdict":"{{verdict}}","words":"leading: better by 5 to 25 points"} } }]}
                            """);
                }
            }
        }

        private static HttpResponseMessage Reply(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }

    [Fact]
    public async Task RunAsync_VerdictComes_StopsAndHasPostedWhatWasRight()
    {
        var server = new Server(verdictAfter: 30);
        OnlineResult result = await RunAsync(server);
        Assert.True(result.HasVerdicts);
        Assert.Equal((30, 30), (server.Asked, server.Labels.Count));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => ($"r{i}", i % 2 == 0)), server.Labels.OrderBy(label => int.Parse(label.Request[1..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(("test", "best_of_n"), ((string?)server.LastRequest!["experiment"]!["name"], (string?)server.LastRequest["experiment"]!["arms"]![1]!["strategies"]![0]!["name"]));
    }

    [Fact]
    public async Task RunAsync_NoVerdict_EndsWithTheProblems()
    {
        var server = new Server(verdictAfter: 1000);
        Assert.False((await RunAsync(server)).HasVerdicts);
        Assert.Equal(95, server.Asked);
    }

    [Fact]
    public async Task RunAsync_WasInterrupted_GoesOnWithTheNextProblem()
    {
        var server = new Server(verdictAfter: 60) { Asked = 40 };
        await RunAsync(server);
        Assert.Equal("r40", server.Labels.MinBy(label => int.Parse(label.Request[1..], System.Globalization.CultureInfo.InvariantCulture)).Request);
        Assert.Equal(20, server.Labels.Count);
    }

    [Fact]
    public async Task RunAsync_ServerIsBusyForAMoment_TriesAgain()
    {
        var server = new Server(verdictAfter: 10);
        server.Failures.Enqueue(HttpStatusCode.ServiceUnavailable);
        server.Failures.Enqueue(HttpStatusCode.TooManyRequests);
        await RunAsync(server);
        Assert.Equal(10, server.Labels.Count);
    }

    [Fact]
    public async Task RunAsync_ServerRefuses_SaysWhy()
    {
        var server = new Server(verdictAfter: 10);
        server.Failures.Enqueue(HttpStatusCode.Conflict);
        Assert.Contains("answered 409: not now", (await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(server))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_RequestsDoNotCount_SaysSoRatherThanGoOnForEver() =>
        Assert.Contains("same_work", (await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(new Server(verdictAfter: 10) { Reason = "same_work" }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Page_OfAResult_ShowsArmsVerdictAndGrowth()
    {
        string page = OnlinePage.Write(Experiment, await RunAsync(new Server(verdictAfter: 20)), "the command", "made up", DateTimeOffset.UnixEpoch);
        Assert.Contains("`the command`", page, StringComparison.Ordinal);
        Assert.Contains("| bo8 | 10 | 50.0 % | +15.0 | +5.0 to +25.0 points | leading: better by 5 to 25 points |", page, StringComparison.Ordinal);
        Assert.Contains("| bo8 | 400 | +310 | +300.0 to +320.0 |", page, StringComparison.Ordinal);
        Assert.Contains("| 10 | +10.0 (-20.0 to +40.0) |", page, StringComparison.Ordinal);
        Assert.Contains("ended when every arm had its verdict, after 20 exposures", page, StringComparison.Ordinal);
    }

    private static async Task<OnlineResult> RunAsync(Server server)
    {
        // Waits between attempts are skipped.
        using var client = new ExperimentClient("http://host:1", null, new Hurried(), server);
        return await Experiment.RunAsync(client, Problems, _ => { }, TestContext.Current.CancellationToken);
    }

    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
