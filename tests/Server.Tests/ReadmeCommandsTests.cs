using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests;

/// <summary>The README's commands, copied from it, against the bundled model.</summary>
public sealed partial class ReadmeCommandsTests
{
    [GeneratedRegex(@"curl -s http://127\.0\.0\.1:8080(?<path>\S+) -H 'content-type: application/json' -d '(?<body>[^']+)'")]
    private static partial Regex Curl();

    [Fact]
    public async Task Curl_OneSampleAndBestOfSixteen_AnswerAsTheReadmeSays()
    {
        string bundled = Path.Combine(RepositoryRoot.Path, "models", "reasoner");
        await using TestServer server = await TestServer.StartAsync(flags: [("Model", bundled), ("ModelName", "reasoner"), ("Threads", "1"), ("Spin", "false")]);
        Match[] commands = [.. Curl().Matches(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "README.md"))).OfType<Match>()];
        string[] answers = new string[commands.Length];
        for (int i = 0; i < commands.Length; i++)
        {
            JsonNode body = await server.PostJsonAsync(commands[i].Groups["path"].Value, commands[i].Groups["body"].Value);
            answers[i] = (string)body["choices"]![0]!["message"]!["content"]!;
        }
        Assert.True(answers.Length >= 3);
        Assert.EndsWith("#### 27", answers[0], StringComparison.Ordinal);
        Assert.EndsWith("#### 57", answers[1], StringComparison.Ordinal);
    }
}
