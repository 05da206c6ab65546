using System.Net;
using System.Text.Json.Nodes;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Tests.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Calibration;

public sealed class CalibrationTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Problems = """[{"question":"one","answer":"1"},{"question":"two","answer":"so it is #### 2"},{"question":"three"},{"question":"four","answer":null}]""";
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Post_LabelledQuestions_GivesACurveThatIsKept()
    {
        JsonNode job = await FinishAsync("curve", """[{"name":"best_of_n","n":2}]""");
        Assert.Equal(("done", 4, 4), ((string?)job["status"], (int)job["done"]!, (int)job["total"]!));
        JsonNode kept = await _server.GetJsonAsync("/api/calibration/curve");
        Assert.Equal(job["result"]!.ToJsonString(), kept.ToJsonString());
        Assert.Equal((4, 2, 0), ((int)kept["questions"]!, (int)kept["unanswerable"]!, (int)kept["unscored"]!));
        JsonArray curve = kept["curve"]!.AsArray();
        Assert.Equal(1, (double)curve[^1]!["coverage"]!);
        Assert.Equal(curve.Select(point => (double)point!["threshold"]!).OrderDescending(), curve.Select(point => (double)point!["threshold"]!));
        // Four questions cannot show a risk of a tenth.
        Assert.Null(kept["threshold"]);
        Assert.Contains("curve", (await _server.GetJsonAsync("/api/calibration"))["calibrations"]!.AsArray().Select(entry => (string?)entry!["name"]));

        await FinishAsync("curve", """[{"name":"best_of_n","n":2}]""");
        Assert.Equal(curve.ToJsonString(), (await _server.GetJsonAsync("/api/calibration/curve"))["curve"]!.ToJsonString());
        using HttpResponseMessage deleted = await _server.Http.DeleteAsync("/api/calibration/curve");
        Assert.True(deleted.IsSuccessStatusCode);
        using HttpResponseMessage gone = await _server.Http.GetAsync("/api/calibration/curve");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Post_PlanThatDoesNotJudge_FailsAndSaysWhatWould()
    {
        JsonNode job = await FinishAsync("plain", "[]");
        Assert.Equal("failed", (string?)job["status"]);
        Assert.Contains("self_consistency", (string?)job["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", """{"problems":[],"strategies":[]}""", "problems")]
    [InlineData("x", """{"problems":[{"answer":"1"}],"strategies":[]}""", "problems[0].question")]
    [InlineData("x", """{"problems":[{"question":"a"}],"strategies":[{"name":"nonsense"}]}""", "strategies[0].name")]
    [InlineData("x", """{"problems":[{"question":"a"}],"strategies":[],"target_risk":0}""", "target_risk")]
    [InlineData("X", """{"problems":[{"question":"a"}],"strategies":[]}""", "name")]
    public async Task Post_ThatCannotRun_IsRefusedBeforeAToken(string name, string body, string param)
    {
        using HttpResponseMessage response = await _server.PostAsync($"/api/calibration/{name}", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]);
    }

    [Fact]
    public async Task Post_QuestionOverTheContext_IsNamed()
    {
        string text = string.Concat(Enumerable.Repeat("7 ", TestServer.Context));
        using HttpResponseMessage response = await _server.PostAsync("/api/calibration/x", $$"""{"problems":[{"question":"a"},{"question":"{{text}}"}],"strategies":[]}""");
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(("context_length_exceeded", "problems[1].question"), ((string?)error["code"], (string?)error["param"]));
    }

    [Fact]
    public async Task Command_LabelledFile_WritesWhatTheServerReads()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        File.WriteAllLines(folder.File("labelled.jsonl"), ["""{"question":"one","answer":1}""", "", """{"question":"two","answer":null}"""]);
        string[] common = ["--model", folder.Path, "--state", folder.File("state.db")];
        (int code, string output) = await ServerProcess.RunAsync(null,
            ["calibrate", "--problems", folder.File("labelled.jsonl"), "--strategies", """[{"name":"best_of_n","n":2}]""", "--name", "mine", "--max-tokens", "8", .. common]);
        Assert.True(code == 0, output);
        Assert.Contains("Kept as 'mine'", output, StringComparison.Ordinal);
        using ServerProcess server = ServerProcess.Start(null, ["--urls", "http://127.0.0.1:0", .. common]);
        await server.SaysAsync("Stop with Ctrl+C.");
        using var http = new HttpClient { BaseAddress = server.Address };
        JsonNode kept = JsonNode.Parse(await http.GetStringAsync("/api/calibration/mine"))!;
        Assert.Equal((2, 1), ((int)kept["questions"]!, (int)kept["unanswerable"]!));
    }

    [Theory]
    [InlineData("{\"question\":\"a\"", "Line 1 is no JSON")]
    [InlineData("{\"question\":\"a\"}", "Line 1 is not {\"question\"")]
    [InlineData("", "holds no problems")]
    public async Task Command_FileThatIsNone_SaysWhichLine(string line, string message)
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        File.WriteAllText(folder.File("labelled.jsonl"), line);
        (int code, string output) = await ServerProcess.RunAsync(null, "calibrate", "--problems", folder.File("labelled.jsonl"), "--model", folder.Path);
        Assert.Equal(1, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WorkedAnswers_KeepsWhatFollowsTheMark() =>
        Assert.Equal([new("a", "42"), new("b", "7"), new("c", null)], LabelledProblem.Read(["""{"question":"a","answer":"6*7=42\n#### 42"}""", """{"question":"b","answer":7}""", """{"question":"c","answer":null}"""]));

    private async Task<JsonNode> FinishAsync(string name, string plan)
    {
        using HttpResponseMessage accepted = await _server.PostAsync($"/api/calibration/{name}", $$"""{"problems":{{Problems}},"strategies":{{plan}},"max_tokens":8,"seed":3}""");
        string body = await accepted.Content.ReadAsStringAsync();
        Assert.True(accepted.StatusCode == HttpStatusCode.Accepted, body);
        string id = (string)JsonNode.Parse(body)!["id"]!;
        while (true)
        {
            JsonNode job = await _server.GetJsonAsync($"/api/jobs/{id}");
            if ((string?)job["status"] != "running")
                return job;
            await Task.Delay(10);
        }
    }
}
