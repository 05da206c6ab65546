using System.Text.Json.Nodes;
using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class PlaygroundTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Run_EarlyRejection_ShowsALanePerCandidateAndTheBill()
    {
        await using DashboardPage page = await OpenAsync();
        await page.Button("Stamps").ClickAsync();
        await page.Button("Early rejection").ClickAsync();
        await page.Tab.GetByLabel("Most tokens").FillAsync("40");
        await page.Button("Run").ClickAsync();
        await Expect(page.Tab.Locator(".lane")).ToHaveCountAsync(16);
        await Expect(page.Tab.Locator(".bill")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator(".lane.selected")).ToHaveCountAsync(1);
        // A candidate of a random model may end before it could be rejected.
        int rejected = await page.Tab.Locator(".lane.rejected").CountAsync();
        Assert.InRange(rejected, 6, 12);
        await Expect(page.Tab.Locator(".lane.rejected .state").First).ToContainTextAsync("rejected at token");
        await Expect(page.Tab.Locator(".lane .sparkline")).ToHaveCountAsync(16);
        await Expect(page.Tab.GetByRole(AriaRole.Link, new() { Name = "Open the trace" })).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^#/traces/gen-"));
        await Expect(page.Tab.Locator(".status")).ToHaveTextAsync($"16 candidates: {16 - rejected} finished, {rejected} rejected");
    }

    [Fact]
    public async Task Run_WhileItStreams_LanesGrow()
    {
        // The decoder stands still after a few steps, until it is told to go on: what is on the page then came while the request ran.
        var scripted = new ScriptedRun();
        await using TestServer server = await TestServer.StartAsync(scripted.Decoder);
        using IDisposable hold = scripted.HoldWhileWriting();
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server);
        await page.Button("Stamps").ClickAsync();
        await page.Tab.GetByLabel("Most tokens").FillAsync("20");
        await RunSeededAsync(page);
        await Expect(page.Tab.Locator(".lane.running")).Not.ToHaveCountAsync(0);
        await Expect(page.Tab.Locator(".lane.running .state").First).ToContainTextAsync("writing");
        await Expect(page.Button("Stop")).ToBeVisibleAsync();
        hold.Dispose();
        await Expect(page.Tab.Locator(".lane.selected")).ToHaveCountAsync(1);
        await Expect(page.Button("Stop")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Stop_WhileItStreams_KeepsWhatWasWritten()
    {
        var scripted = new ScriptedRun();
        await using TestServer server = await TestServer.StartAsync(scripted.Decoder);
        using IDisposable hold = scripted.HoldWhileWriting();
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server);
        await page.Button("Stamps").ClickAsync();
        await RunSeededAsync(page);
        await Expect(page.Tab.Locator(".lane.running")).Not.ToHaveCountAsync(0);
        await page.Button("Stop").ClickAsync();
        await Expect(page.Tab.Locator(".status")).ToContainTextAsync("Stopped");
        await Expect(page.Tab.Locator(".lane.stopped")).Not.ToHaveCountAsync(0);
        await Expect(page.Tab.Locator(".lane.running")).ToHaveCountAsync(0);
        hold.Dispose();
        await server.UntilAsync(() => server.Engine.Statistics.Live == 0);
    }

    // With a seed, for a candidate of a random model may end within its first tokens.
    private static async Task RunSeededAsync(DashboardPage page)
    {
        await page.Tab.GetByLabel("Seed", new() { Exact = true }).FillAsync("1");
        await page.Button("Run").ClickAsync();
    }

    [Fact]
    public async Task Run_RefusedRequest_SaysWhyInTheServersWords()
    {
        await using DashboardPage page = await OpenAsync();
        page.Expect(400);
        await page.Button("Stamps").ClickAsync();
        await page.Tab.GetByLabel("Most tokens").FillAsync("100000");
        await page.Button("Run").ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync("max_tokens");
        await Expect(page.Button("Run")).ToBeEnabledAsync();
    }

    [Fact]
    public async Task Plan_AddMoveRemoveAndSet_IsTheRequest()
    {
        await using DashboardPage page = await OpenAsync();
        await page.Button("One sample").ClickAsync();
        ILocator add = page.Tab.GetByLabel("Add a strategy");
        await add.SelectOptionAsync("self_consistency");
        await add.SelectOptionAsync("bouncer");
        await page.Button("Move outwards: bouncer").ClickAsync();
        await page.Tab.Locator(".card", new() { HasText = "self_consistency" }).GetByLabel("n", new() { Exact = true }).FillAsync("5");
        JsonNode request = await RequestAsync(page);
        Assert.Equal("""[{"name":"bouncer"},{"name":"self_consistency","n":5}]""", request["strategies"]!.ToJsonString());
        await page.Button("Remove bouncer").ClickAsync();
        Assert.Equal("""[{"name":"self_consistency","n":5}]""", (await RequestAsync(page))["strategies"]!.ToJsonString());
    }

    [Fact]
    public async Task Forms_OfEveryStrategy_HaveAControlForEveryOption()
    {
        await using DashboardPage page = await OpenAsync();
        await page.Button("One sample").ClickAsync();
        foreach (JsonNode? strategy in (await _server.GetJsonAsync("/api/strategies"))["strategies"]!.AsArray())
        {
            var name = (string)strategy!["name"]!;
            await page.Tab.GetByLabel("Add a strategy").SelectOptionAsync(name);
            ILocator card = page.Tab.Locator(".card").Last;
            string[] options = [.. strategy["schema"]!["properties"]!.AsObject().Select(property => property.Key).Where(key => key != "name")];
            await Expect(card.Locator(".field")).ToHaveCountAsync(options.Length);
            Assert.Equal(options, await card.Locator(".field > label").AllTextContentsAsync());
        }
    }

    [Fact]
    public async Task Address_WithARequest_FillsTheForm()
    {
        string request = Uri.EscapeDataString("""{"messages":[{"role":"user","content":"How many?"}],"strategies":[{"name":"heart","rounds":2}],"seed":5}""");
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, $"#/?request={request}");
        await Expect(page.Tab.GetByLabel("Message 1")).ToHaveValueAsync("How many?");
        await Expect(page.Tab.GetByLabel("Seed")).ToHaveValueAsync("5");
        await Expect(page.Tab.Locator(".card")).ToContainTextAsync("rounds 2");
    }

    [Fact]
    public async Task Keyboard_Alone_RunsAndReadsTokens()
    {
        await using DashboardPage page = await OpenAsync();
        await Expect(page.Tab.Locator(".card")).ToHaveCountAsync(1);
        await FocusByTabAsync(page, "Stamps");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.GetByLabel("Message 1")).ToBeFocusedAsync();
        await FocusByTabAsync(page, "Early rejection");
        await page.Tab.Keyboard.PressAsync("Enter");
        await FocusByTabAsync(page, "Most tokens");
        await page.Tab.Keyboard.TypeAsync("30");
        await page.Tab.Keyboard.PressAsync("Control+Enter");
        await Expect(page.Tab.Locator(".lane.selected .tokens")).ToBeVisibleAsync();
        await FocusByTabAsync(page, "Tokens of candidate");
        await page.Tab.Keyboard.PressAsync("ArrowRight");
        await page.Tab.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Tab.Locator(".lane.selected .token-details")).ToContainTextAsync("surprisal");
    }

    private Task<DashboardPage> OpenAsync() => DashboardPage.OpenAsync(chromium, _server);

    private static async Task<JsonNode> RequestAsync(DashboardPage page) => JsonNode.Parse((await page.Tab.Locator(".json").TextContentAsync())!)!;

    /// <summary>Presses Tab until what has the focus is called so.</summary>
    private static async Task FocusByTabAsync(DashboardPage page, string name)
    {
        const string Focused = "(() => { const e = document.activeElement; return (e.ariaLabel ?? '') + '|' + (e.labels?.[0]?.textContent ?? '') + '|' + (e.matches('button, a') ? e.textContent : ''); })()";
        for (int press = 0; press < 80; press++)
        {
            await page.Tab.Keyboard.PressAsync("Tab");
            if ((await page.Tab.EvaluateAsync<string>(Focused)).Split('|').Any(text => text.StartsWith(name, StringComparison.Ordinal)))
                return;
        }
        Assert.Fail($"'{name}' cannot be reached with the Tab key.");
    }
}
