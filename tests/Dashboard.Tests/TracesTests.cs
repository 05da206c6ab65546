using System.Text.RegularExpressions;
using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class TracesTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task List_Traces_ShowsWhatWasAskedAndWhatItCost()
    {
        await using DashboardPage page = await OpenListAsync();
        ILocator rows = page.Tab.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(6);
        await Expect(rows.First).ToContainTextAsync("Rosa keeps 34 marbles");
        await Expect(rows.First).ToContainTextAsync("early_rejection");
        await Expect(rows.First).ToContainTextAsync("bo8-vs-plain: rejecting");
        await Expect(rows.First).ToContainTextAsync("−11");
        await Expect(rows.Nth(1).Locator("td").Nth(2)).ToHaveTextAsync("49");
        await Expect(rows.Nth(4)).ToContainTextAsync("not kept");
        await Expect(rows.Nth(5)).ToContainTextAsync("abstained");
    }

    [Fact]
    public async Task List_TextFromElsewhere_StaysText()
    {
        await using DashboardPage page = await OpenListAsync();
        await Expect(page.Tab.Locator("tbody tr").Nth(3)).ToContainTextAsync("<script>window.harmed=1</script>");
        Assert.True(await page.Tab.EvaluateAsync<bool>("window.harmed === undefined"));
        Assert.Equal(0, await page.Tab.Locator("main img, main b, main i").CountAsync());
    }

    [Fact]
    public async Task List_FindAndOlder_NarrowsAndGrows()
    {
        await using DashboardPage page = await OpenListAsync();
        await page.Tab.GetByLabel("Find").FillAsync("bananas");
        await Expect(page.Tab.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Contains("q=bananas", page.Tab.Url, StringComparison.Ordinal);
        await page.Tab.GetByLabel("Find").FillAsync("");
        await page.Button("Older ones").ClickAsync();
        await Expect(page.Tab.Locator("tbody tr")).ToHaveCountAsync(10);
        await Expect(page.Button("Older ones")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Trace_OfARejectingBeam_ShowsTreeTokensRewardAndBill()
    {
        await using DashboardPage page = await OpenTraceAsync();
        await Expect(page.Tab.Locator(".branch")).ToHaveCountAsync(18);
        await Expect(page.Tab.Locator(".branch.rejected")).ToHaveCountAsync(11);
        await Expect(page.Tab.Locator(".branch .fork")).ToHaveCountAsync(10);
        await Expect(page.Tab.Locator(".branch.selected.chosen")).ToHaveCountAsync(1);
        await Expect(page.Tab.Locator(".tokens .token").First).ToBeVisibleAsync();
        await Expect(page.Tab.Locator(".tokens .s0").First).ToBeVisibleAsync();
        await Expect(page.Tab.Locator(".tokens .s3, .tokens .s4").First).ToBeVisibleAsync();
        await Expect(page.Tab.Locator(".chart .line")).ToHaveCountAsync(1);
        await Expect(page.Tab.Locator(".bill")).ToContainTextAsync("Discarded");
        await Expect(page.Tab.GetByText("correct 1")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Trace_ChoosingARejectedCandidate_MarksTheMoment()
    {
        await using DashboardPage page = await OpenTraceAsync();
        await page.Tab.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Candidate 8, forked from 0: rejected") }).PressAsync("Enter");
        await Expect(page.Heading("Candidate 8")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator(".mark-label")).ToHaveTextAsync("rejected");
        await Expect(page.Tab.Locator(".token.inherited").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Tokens_Pointer_TellsTheirNumbers()
    {
        await using DashboardPage page = await OpenTraceAsync();
        await page.Tab.Locator(".tokens .token").Nth(3).HoverAsync();
        await Expect(page.Tab.Locator(".token-details")).ToContainTextAsync(new Regex(@"#3 .+ surprisal [\d.]+ bits .+ entropy [\d.]+ nats .+ process reward [\d.]+"));
    }

    [Fact]
    public async Task Replay_UnderAnotherPlan_SaysWhatWasReused()
    {
        await using DashboardPage page = await OpenTraceAsync();
        string? sent = null;
        await page.Tab.RouteAsync("**/api/traces/gen-0001/replay", route =>
        {
            sent = route.Request.PostData;
            return route.FulfillAsync(new() { ContentType = "application/json", Body = DashboardPage.Fixture("replay.json") });
        });
        await page.Button("One sample").ClickAsync();
        await page.Button("Replay").ClickAsync();
        await Expect(page.Tab.GetByText("5 candidates used again.")).ToBeVisibleAsync();
        Assert.Equal("""{"strategies":[]}""", sent);
    }

    [Fact]
    public async Task Trace_ThatIsNotThere_SaysSo()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/traces/none");
        page.Expect(404);
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync("404");
    }

    private async Task<DashboardPage> OpenListAsync()
    {
        DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/");
        await page.Tab.RouteAsync(url => new Uri(url).AbsolutePath == "/api/traces", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = DashboardPage.Fixture(route.Request.Url.Contains("before=gen-0006", StringComparison.Ordinal) ? "traces-older.json" : "traces.json"),
        }));
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Traces" }).ClickAsync();
        return page;
    }

    private Task<DashboardPage> OpenTraceAsync() => DashboardPage.OpenAsync(chromium, _server, "#/traces/gen-0001", fixtures: ("/api/traces/gen-0001", "trace.json"));
}
