using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

/// <summary>Every view, wide and narrow, light and dark: it renders, nothing sticks out, text can be read. Pictures for people are in artifacts/dashboard.</summary>
public sealed class LooksTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private static readonly (string Path, string File)[] Fixtures =
    [
        ("/api/traces", "traces.json"), ("/api/traces/gen-0001", "trace.json"), ("/api/experiments", "experiments.json"),
        ("/api/experiments/bo8-vs-plain", "experiment.json"), ("/api/experiments/bo8-vs-plain/history", "history.json"),
        ("/api/handbooks", "handbooks.json"), ("/api/handbooks/arithmetic", "handbook.json"),
    ];

    private static readonly (string Hash, string Awaited)[] Views =
    [
        ("#/", ".lane.selected"), ("#/traces", "tbody tr"), ("#/traces/gen-0001", ".branch"), ("#/experiments", "tbody tr"), ("#/experiments/bo8-vs-plain", ".chart .line"),
        ("#/results", ".chart .line"), ("#/engine", ".slots .slot"), ("#/handbooks", "tbody tr"), ("#/handbooks/arithmetic", ".behaviour"),
    ];

    private readonly TestServer _server = fixture.Server;

    public static TheoryData<string, string, int, ColorScheme> Every
    {
        get
        {
            var data = new TheoryData<string, string, int, ColorScheme>();
            foreach ((string hash, string awaited) in Views)
                foreach (int width in (int[])[1360, 390])
                    foreach (ColorScheme scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
                        data.Add(hash, awaited, width, scheme);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task View_AtThisWidthAndScheme_FitsAndCanBeRead(string hash, string awaited, int width, ColorScheme scheme)
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, hash, width, scheme, Fixtures);
        if (hash == "#/")
        {
            await page.Button("Stamps").ClickAsync();
            await page.Button("Early rejection").ClickAsync();
            await page.Tab.GetByLabel("Most tokens").FillAsync("60");
            await page.Button("Run").ClickAsync();
        }
        await Expect(page.Tab.Locator(awaited).First).ToBeVisibleAsync();
        await page.FitsAsync();
        await page.PictureAsync($"{hash[1..].Trim('/').Replace('/', '-').Replace("gen-0001", "one", StringComparison.Ordinal)}-{width}-{scheme}".TrimStart('-').ToLowerInvariant());
        Assert.Empty(await page.Tab.EvaluateAsync<string[]>(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "contrast.js"))));
    }

    [Fact]
    public async Task Theme_Switched_HoldsAfterAReload()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/handbooks");
        string light = await BackgroundAsync(page);
        await page.Button("Switch to the dark theme").ClickAsync();
        string dark = await BackgroundAsync(page);
        Assert.NotEqual(light, dark);
        await page.Tab.ReloadAsync();
        Assert.Equal(dark, await BackgroundAsync(page));
    }

    [Fact]
    public async Task Navigation_ByKeyboard_OpensAViewAndMovesTheFocusIntoIt()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/");
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Engine" }).FocusAsync();
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Engine")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("main")).ToBeFocusedAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Link, new() { Name = "Engine" })).ToHaveAttributeAsync("aria-current", "page");
    }

    private static Task<string> BackgroundAsync(DashboardPage page) => page.Tab.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
}
