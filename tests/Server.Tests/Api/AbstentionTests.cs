using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

/// <summary>A plan that decides not to answer, as clients see it.</summary>
public sealed class AbstentionTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    // Random text never agrees with itself.
    private const string Unsure = "\"strategies\":[{\"name\":\"bouncer\",\"k\":4,\"threshold\":1}],\"max_tokens\":6,\"seed\":3,\"ignore_eos\":true";
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    private readonly TestServer _server = tiny.Server;

    [Fact]
    public async Task Chat_Abstains_SaysSoAndRefusesForOpenAIClients()
    {
        JsonNode choice = (await _server.PostJsonAsync("/v1/chat/completions", $"{{{Ask},{Unsure}}}"))["choices"]![0]!;
        Assert.Equal("abstained", (string?)choice["finish_reason"]);
        Assert.Null(choice["message"]!["content"]);
        Assert.Equal((string?)choice["abstention"]!["reason"], (string?)choice["message"]!["refusal"]);
        Assert.Equal(("output", "low_confidence"), ((string?)choice["abstention"]!["stage"], (string?)choice["abstention"]!["label"]));
        Assert.InRange((double)choice["abstention"]!["confidence"]!, 0, 0.99);
    }

    [Fact]
    public async Task ChatStream_Abstains_SendsTheRefusalAndNoText()
    {
        IReadOnlyList<ServerSentEvent> events = await _server.StreamAsync("/v1/chat/completions", $"{{{Ask},\"stream\":true,{Unsure}}}");
        JsonNode[] choices = [.. events.SkipLast(1).SelectMany(e => JsonNode.Parse(e.Data)!["choices"]!.AsArray()).Select(choice => choice!)];
        Assert.Equal("", string.Concat(choices.Select(choice => (string?)choice["delta"]!["content"])));
        Assert.Single(choices, choice => choice["delta"]!["refusal"] is not null);
        Assert.Equal("abstained", (string?)choices[^1]["finish_reason"]);
        Assert.Equal("output", (string?)choices[^1]["abstention"]!["stage"]);
    }

    [Theory]
    [InlineData("/v1/completions")]
    [InlineData("/api/generate")]
    public async Task Others_Abstain_HaveNoTextAndTheReason(string path)
    {
        JsonNode body = await _server.PostJsonAsync(path, $"{{\"prompt\":\"hi\",{Unsure},\"include\":[\"bill\"]}}");
        JsonNode answer = body["choices"]?[0] ?? body;
        Assert.Equal(("", "abstained", "low_confidence"), ((string?)answer["text"], (string?)answer["finish_reason"], (string?)answer["abstention"]!["label"]));
        Assert.Equal(24, (int)body["bill"]!["tokens"]!["answer"]! + (int)body["bill"]!["tokens"]!["discarded"]!);
    }
}
