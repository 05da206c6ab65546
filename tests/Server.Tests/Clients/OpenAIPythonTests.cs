using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Clients;

/// <summary>
/// OpenAI's Python client against the server: tests/Python/openai_client.py asks, this test checks what it saw. Nothing installs that client (Debian has it from release 13 on as
/// python3-openai, others take it from pip), so the test is skipped where it cannot be imported.
/// </summary>
public sealed class OpenAIPythonTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private static readonly string Script = Path.Combine(RepositoryRoot.Path, "tests", "Python", "openai_client.py");

    [Fact]
    public async Task Client_ExtraBodySuffixAndHeader_SeeWhatTheyExpect()
    {
        string? python = null;
        foreach (string candidate in (string[])["python3", "/usr/bin/python3"])
            if (python is null && (await RunAsync(candidate, "-c", "import openai")).ExitCode == 0)
                python = candidate;
        Assert.SkipWhen(python is null, "The Python client is not installed: pip install openai, or apt-get install python3-openai.");
        var (exitCode, output, errors) = await RunAsync(python, Script, new Uri(tiny.Server.Address, "/v1").ToString(), TestServer.ModelName);
        Assert.True(exitCode == 0, errors);
        JsonNode seen = JsonNode.Parse(output)!;

        Assert.Equal(2, seen["texts"]!.AsArray().Select(text => (string?)text).Distinct().Count());
        Assert.Equal(seen["texts"]!.ToJsonString(), seen["streamed"]!.ToJsonString());
        Assert.Equal([16, 16], seen["logprobs"]!.AsArray().Select(count => (int)count!));
        Assert.Equal((32, 32), ((int)seen["completion_tokens"]!, (int)seen["streamed_tokens"]!));
        Assert.Equal(("best_of_n", 32), ((string?)seen["plan"], (int)seen["discarded"]!));
        Assert.Equal("[\"best_of_n\",\"model\"]", seen["suffix_plan"]!.ToJsonString());
        Assert.Equal(2, (int)seen["header_plan"]!);
        Assert.Equal("Emma has", (string?)seen["completion"]);
        Assert.Equal($"[\"{TestServer.ModelName}\"]", seen["models"]!.ToJsonString());
        Assert.Equal((404, "model_not_found", "model", "NotFoundError"), Refusal(seen["unknown_model"]));
        Assert.Equal((400, "invalid_strategy", "strategies[0].name", "BadRequestError"), Refusal(seen["bad_strategy"]));
        await tiny.Server.UntilAsync(() => tiny.Server.Engine.Statistics.Live == 0);
    }

    private static (int, string?, string?, string?) Refusal(JsonNode? refusal) =>
        ((int)refusal!["status"]!, (string?)refusal["code"], (string?)refusal["param"], (string?)refusal["kind"]);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string python, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output, await errors);
        }
        catch (Win32Exception missing)
        {
            return (127, "", missing.Message);
        }
    }
}
