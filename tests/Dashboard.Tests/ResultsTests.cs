using System.Text.Json.Nodes;
using InferenceServer.Server.Tests;
using InferenceServer.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class ResultsTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Api_Results_AreTheRepositorysFile()
    {
        string file = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", "results.json"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(file), await _server.GetJsonAsync("/api/results")));
    }

    [Fact]
    public async Task View_Results_DrawsAccuracyAgainstTokensAndEveryClaim()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/results");
        JsonArray claims = (await _server.GetJsonAsync("/api/results"))["claims"]!.AsArray();
        await Expect(page.Tab.Locator(".claim")).ToHaveCountAsync(claims.Count);
        ILocator lines = page.Tab.Locator(".sheet", new() { Has = page.Heading("Accuracy against tokens") }).Locator(".chart .line");
        await Expect(lines).ToHaveCountAsync(5);
        await page.Button("random").ClickAsync();
        await Expect(lines).ToHaveCountAsync(4);
        await Expect(page.Button("random")).ToBeFocusedAsync();
        await Expect(page.Button("random")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Claim_Opened_ShowsItsTables()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/results");
        ILocator claim = page.Tab.Locator(".claim", new() { HasText = "sampling" }).First;
        await claim.Locator("summary").ClickAsync();
        await Expect(claim.Locator("table").First).ToContainTextAsync("oracle");
    }
}
