using System.Text.Json.Nodes;
using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class EngineTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Api_Engine_CountsWhatWasSampled()
    {
        long before = (long)(await _server.GetJsonAsync("/api/engine"))["sampled_tokens"]!;
        await _server.PostJsonAsync("/api/generate", """{"prompt":"x","max_tokens":7,"ignore_eos":true}""");
        JsonNode after = await _server.GetJsonAsync("/api/engine");
        Assert.Equal(before + 7, (long)after["sampled_tokens"]!);
        Assert.True((bool)after["healthy"]!);
        Assert.Equal(TestServer.ModelName, (string?)after["model"]);
    }

    [Fact]
    public async Task View_WhileSequencesRun_ShowsTheirRows()
    {
        var scripted = new ScriptedRun();
        await using TestServer server = await TestServer.StartAsync(scripted.Decoder);
        using IDisposable hold = scripted.HoldWhileWriting();
        Task<JsonNode> generation = server.PostJsonAsync("/api/generate", """{"prompt":"x","max_tokens":20,"ignore_eos":true,"strategies":[{"name":"best_of_n","n":5}]}""");
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server, "#/engine");
        await Expect(page.Tab.Locator(".slots .slot")).ToHaveCountAsync(16);
        // How many of the five have begun when it stands still is a matter of threads.
        await Expect(page.Tab.Locator(".slots .running")).Not.ToHaveCountAsync(0);
        hold.Dispose();
        await generation;
        await Expect(page.Tab.Locator(".slots .running")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task View_Hidden_StopsAsking()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/engine");
        int asked = 0;
        page.Tab.Request += (_, request) => asked += request.Url.EndsWith("/api/engine", StringComparison.Ordinal) ? 1 : 0;
        await page.Tab.WaitForRequestAsync("**/api/engine");
        await page.Tab.EvaluateAsync("() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }");
        int before = asked;
        // Longer than its period: one that went on would ask meanwhile.
        await Task.Delay(2500);
        Assert.Equal(before, asked);
        Task<IRequest> next = page.Tab.WaitForRequestAsync("**/api/engine");
        await page.Tab.EvaluateAsync("() => { Object.defineProperty(document, 'hidden', { value: false, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }");
        await next;
    }
}
