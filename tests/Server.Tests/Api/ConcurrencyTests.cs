using System.Text.Json.Nodes;

namespace InferenceServer.Server.Tests.Api;

public sealed class ConcurrencyTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    [Fact]
    public async Task Post_ManyAtOnce_AreAllAnsweredAsIfAlone()
    {
        const int seeds = 10, requests = 300;
        var alone = new string[seeds];
        for (int seed = 0; seed < seeds; seed++)
            alone[seed] = await AskAsync(seed);
        string[] together = await Task.WhenAll(Enumerable.Range(0, requests).Select(i => AskAsync(i % seeds)));
        Assert.Equal(Enumerable.Range(0, requests).Select(i => alone[i % seeds]), together);
        Assert.Equal(seeds, alone.Distinct().Count());
        await tiny.Server.UntilAsync(() => tiny.Server.Engine.Statistics.Live == 0);
    }

    private async Task<string> AskAsync(int seed)
    {
        JsonNode body = await tiny.Server.PostJsonAsync("/v1/completions", $$"""{"prompt":"Emma has {{seed}} bags", "max_tokens":12, "seed":{{seed}}, "ignore_eos":true}""");
        return (string)body["choices"]![0]!["text"]!;
    }
}
