namespace InferenceServer.Server.Tests.Api;

public sealed class MetricsTests
{
    [Fact]
    public async Task Get_AfterRequests_CountsThem()
    {
        await using TestServer server = await TestServer.StartAsync();
        double sampled = server.Metric("itc_generation_tokens_total");
        const string request = """{"prompt":"Emma has 3 bags of 13 stamps", "max_tokens":6, "n":2, "ignore_eos":true}""";
        await server.PostJsonAsync("/v1/completions", request);
        await server.PostJsonAsync("/v1/completions", request);
        using (HttpResponseMessage refused = await server.PostAsync("/v1/completions", "{}"))
            Assert.False(refused.IsSuccessStatusCode);

        Assert.Equal(4, server.Metric("itc_request_success_total", "finished_reason=\"length\""));
        Assert.Equal(1, server.Metric("itc_request_errors_total", "code=\"missing_required_parameter\""));
        Assert.True(server.Metric("itc_generation_tokens_total") >= sampled + 24);
        Assert.Equal(24, server.Metric("itc_tokens_total", "kind=\"answer\""));
        Assert.Equal(4, server.Metric("itc_candidates_total", "outcome=\"won\""));
        Assert.Equal(4, server.Metric("itc_time_to_first_token_seconds_count"));
        Assert.Equal(20, server.Metric("itc_inter_token_latency_seconds_count"));
        Assert.Equal(4, server.Metric("itc_e2e_request_latency_seconds_count"));
        Assert.True(server.Metric("itc_prefix_cache_hits_total") > 0);
        Assert.True(server.Metric("itc_prefix_cache_queries_total") >= server.Metric("itc_prefix_cache_hits_total"));
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task Get_EveryDocumentedName_IsThere()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("RequestsPerMinute", "100"));
        await server.PostJsonAsync("/v1/completions", """{"prompt":"Emma", "max_tokens":3, "ignore_eos":true}""");
        using (await server.PostAsync("/v1/completions", "{}"))
        {
        }
        string text = await server.Http.GetStringAsync("/metrics");
        string[] documented = [.. DocumentedNames()];
        Assert.True(documented.Length >= 14);
        Assert.All(documented, name => Assert.Contains($"# TYPE {name} ", text, StringComparison.Ordinal));
        string[] exposed = [.. text.Split('\n').Where(line => line.StartsWith("# TYPE itc_", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
        Assert.Equal(exposed.Order(), documented.Order());
    }

    /// <summary>The names in the table of docs/api.md.</summary>
    private static IEnumerable<string> DocumentedNames() =>
        from line in File.ReadLines(Path.Combine(Shared.RepositoryRoot.Path, "docs", "api.md"))
        where line.StartsWith("| `itc_", StringComparison.Ordinal)
        select line.Split('`')[1];
}
