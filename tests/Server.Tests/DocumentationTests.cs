using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using InferenceServer.Server.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests;

/// <summary>What docs/api.md and samples/requests.http say is true of the server.</summary>
public sealed partial class DocumentationTests(DocumentationTests.ReasonerServer reasoner) : IClassFixture<DocumentationTests.ReasonerServer>
{
    private static readonly string Api = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "api.md"));

    [Fact]
    public async Task ApiExamples_SentToTheServer_AreAnswered()
    {
        Match[] examples = HttpBlock().Matches(Api).ToArray();
        Assert.True(examples.Length >= 5);
        foreach (Match example in examples)
            await AnswerAsync(example.Groups["method"].Value, example.Groups["path"].Value, example.Groups["body"].Value);
    }

    [Fact]
    public async Task Samples_SentToTheServer_AreAnswered()
    {
        string[] requests = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "samples", "requests.http")).Split("\n###")[1..];
        var seen = new HashSet<string>();
        var ids = new Dictionary<string, string?>();
        foreach (string request in requests)
        {
            Match match = SampleRequest().Match(request);
            Assert.True(match.Success, request);
            seen.Add(match.Groups["path"].Value);
            // What clients of such files call a request variable.
            string body = ids.Aggregate(match.Groups["body"].Value, (text, named) => text.Replace($"{{{{{named.Key}.response.body.$.id}}}}", named.Value, StringComparison.Ordinal));
            string answer = await AnswerAsync(match.Groups["method"].Value, match.Groups["path"].Value, body);
            if (NamedRequest().Match(request) is { Success: true } name)
                ids[name.Groups["name"].Value] = (string?)JsonNode.Parse(answer)!["id"];
        }
        foreach (Match endpoint in Endpoint().Matches(Api[..Api.IndexOf("## Strict", StringComparison.Ordinal)]))
            Assert.Contains(seen, path => path.StartsWith(endpoint.Groups["path"].Value.Split("{")[0].TrimEnd('/'), StringComparison.Ordinal));
    }

    [Fact]
    public void Flags_TableInTheDocs_ListsEveryOne()
    {
        string[] documented = [.. FlagRow().Matches(Api).Select(match => match.Groups["key"].Value)];
        Assert.Equal(typeof(ServerOptions).GetProperties().Select(property => property.Name).Order(), documented.Order());
    }

    private async Task<string> AnswerAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body.Length == 0 ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await reasoner.Server.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path} {body}\n{text}");
        Assert.DoesNotContain("{\"error\"", text, StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex(@"```http\n(?<method>POST|PUT) (?<path>\S+)\n\n(?<body>.*?)```", RegexOptions.Singleline)]
    private static partial Regex HttpBlock();

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|DELETE) \{\{host\}\}(?<path>\S+)(\nContent-Type: application/json)?\s*(?<body>.*)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex SampleRequest();

    [GeneratedRegex(@"^# @name (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex NamedRequest();

    [GeneratedRegex(@"(GET|POST|PUT|DELETE) (?<path>/[^`]+)`")]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"^\| (?:`--[^`]+` )?\| `(?<key>\w+)`", RegexOptions.Multiline)]
    private static partial Regex FlagRow();

    /// <summary>The tiny model under the name that the documents use.</summary>
    public sealed class ReasonerServer : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync(flags: ("ModelName", "reasoner"));

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
