using System.Diagnostics;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Clients;

/// <summary>OpenAI's npm client against the server: tests/Node/openai.mjs asks, this test checks what it saw.</summary>
public sealed class OpenAINodeTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "tests", "Node");

    [Fact]
    public async Task Client_AllOfItsCalls_SeeWhatTheyExpect()
    {
        Assert.True(Directory.Exists(Path.Combine(Folder, "node_modules", "openai")), "The npm client is not installed; run: npm ci --prefix tests/Node");
        JsonNode seen = JsonNode.Parse(await RunAsync())!;

        Assert.Equal(2, seen["texts"]!.AsArray().Select(text => (string?)text).Distinct().Count());
        Assert.Equal([16, 16], seen["logprobs"]!.AsArray().Select(count => (int)count!));
        Assert.Equal(["length", "length"], seen["finish"]!.AsArray().Select(reason => (string?)reason));
        Assert.Equal(seen["texts"]!.ToJsonString(), seen["streamed"]!.ToJsonString());
        Assert.Equal((32, 32), ((int)seen["completionTokens"]!, (int)seen["streamedTokens"]!));
        Assert.Equal(("best_of_n", 32), ((string?)seen["plan"], (int)seen["discarded"]!));
        Assert.Equal(["Emma", "bags"], seen["echoes"]!.AsArray().Select(text => (string?)text));
        Assert.Equal((string?)seen["completionWhole"], (string?)seen["completion"]);
        Assert.Equal([TestServer.ModelName], seen["models"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(TestServer.ModelName, (string?)seen["model"]);
        Assert.Equal(["best_of_n", "model"], seen["suffixPlan"]!.AsArray().Select(value => (string?)value));
        Assert.Equal(2, (int)seen["headerPlan"]!);
        Assert.Equal("[true,\"stamps\"]", seen["stored"]!.ToJsonString());
        Assert.True((bool)seen["deleted"]!);
        AssertRefused(seen["goneResponse"], 404, "response_not_found", "id", "missing");
        // Without include_events there is nothing but OpenAI's own chunks, whatever the plan.
        Assert.Equal(["chat.completion.chunk"], seen["strictStream"]!.AsArray().Select(value => (string?)value));
        AssertRefused(seen["unknownModel"], 404, "model_not_found", "model", "missing");
        AssertRefused(seen["badTemperature"], 400, "invalid_value", "temperature", "bad");
        AssertRefused(seen["badStream"], 400, "invalid_strategy", "strategies[0].name", "bad");
        await tiny.Server.UntilAsync(() => tiny.Server.Engine.Statistics.Live == 0);
    }

    private static void AssertRefused(JsonNode? refusal, int status, string code, string param, string kind)
    {
        Assert.Equal((status, code, param, "invalid_request_error"), ((int)refusal!["status"]!, (string?)refusal["code"], (string?)refusal["param"], (string?)refusal["type"]));
        Assert.True((bool)refusal[kind]!);
    }

    private async Task<string> RunAsync()
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["openai.mjs", new Uri(tiny.Server.Address, "/v1").ToString(), TestServer.ModelName])
            start.ArgumentList.Add(argument);
        using Process node = Process.Start(start)!;
        Task<string> output = node.StandardOutput.ReadToEndAsync(), errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);
        return await output;
    }
}
