using System.Text.Json.Nodes;
using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class ExperimentsTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private const string Path = "/api/experiments/bo8-vs-plain";
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task List_Experiments_ShowsStatusArmsAndExposures()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/experiments", fixtures: ("/api/experiments", "experiments.json"));
        ILocator rows = page.Tab.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(3);
        await Expect(rows.First).ToContainTextAsync("running");
        await Expect(rows.First).ToContainTextAsync("1,187");
        await Expect(rows.Nth(1)).ToContainTextAsync("<img src=x onerror=window.harmed=1> · 3");
        Assert.True(await page.Tab.EvaluateAsync<bool>("window.harmed === undefined"));
    }

    [Fact]
    public async Task Experiment_Metric_ShowsVerdictsInWordsAndTheEffectOverTime()
    {
        await using DashboardPage page = await OpenAsync();
        await Expect(page.Tab.Locator(".verdicts li")).ToHaveCountAsync(3);
        await Expect(page.Tab.Locator(".verdicts .leading")).ToContainTextAsync("+10.7 points (+1.2 to +20.2), 388 units");
        await Expect(page.Tab.Locator(".verdicts .too_early")).ToContainTextAsync("too early to tell: about 520 more exposures");
        await Expect(page.Tab.Locator(".chart .line")).ToHaveCountAsync(2);
        await Expect(page.Tab.Locator(".chart .band")).ToHaveCountAsync(2);
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Chart_ArrowKeys_ReadTheValues()
    {
        await using DashboardPage page = await OpenAsync();
        await page.Tab.Locator(".chart svg").FocusAsync();
        await page.Tab.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Tab.Locator(".reading")).ToContainTextAsync("exposures 30");
        await page.Tab.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Tab.Locator(".reading")).ToContainTextAsync("exposures 60");
        await Expect(page.Tab.Locator(".reading")).ToContainTextAsync("rejecting");
    }

    [Fact]
    public async Task Experiment_SplitThatIsOff_RaisesTheAlarm()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/experiments/bo8-vs-plain", fixtures: [(Path, "experiment-alarm.json"), ($"{Path}/history", "history.json")]);
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync("The split is not what the weights say.");
        await Expect(page.Tab.GetByText("Stopped: by hand")).ToBeVisibleAsync();
        await Expect(page.Button("Stop it")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Stop_Confirmed_PostsIt()
    {
        await using DashboardPage page = await OpenAsync();
        page.Tab.Dialog += (_, dialog) => dialog.AcceptAsync();
        var stopped = new TaskCompletionSource();
        await page.Tab.RouteAsync($"**{Path}/stop", route =>
        {
            stopped.TrySetResult();
            return route.FulfillAsync(new() { ContentType = "application/json", Body = "{}" });
        });
        await page.Button("Stop it").ClickAsync();
        await stopped.Task;
    }

    [Fact]
    public async Task Form_NewExperiment_PutsArmsAndPlans()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/experiments", fixtures: [("/api/experiments", "experiments.json"), ($"{Path}/history", "history.json")]);
        JsonNode? sent = null;
        await page.Tab.RouteAsync($"**{Path}", route =>
        {
            if (route.Request.Method == "PUT")
                sent = JsonNode.Parse(route.Request.PostData!);
            return route.FulfillAsync(new() { ContentType = "application/json", Body = DashboardPage.Fixture("experiment.json") });
        });
        await page.Tab.GetByText("New experiment").ClickAsync();
        await page.Tab.GetByLabel("Name", new() { Exact = true }).FillAsync("bo8-vs-plain");
        await page.Tab.GetByLabel("Weight").Last.FillAsync("3");
        await page.Tab.GetByLabel("Other fields").FillAsync("""{"metrics": [{"name": "correct"}]}""");
        await page.Button("Start it").ClickAsync();
        await Expect(page.Heading("bo8-vs-plain")).ToBeVisibleAsync();
        Assert.Equal("""{"metrics":[{"name":"correct"}],"arms":[{"name":"plain","weight":1,"strategies":[]},{"name":"best-of-8","weight":3,"strategies":[{"name":"best_of_n","n":8}]}]}""", sent!.ToJsonString());
    }

    [Fact]
    public async Task Router_Contexts_ShowsWhatItLearnsFromAndWhereItLockedIn()
    {
        await using DashboardPage page = await OpenRoutedAsync();
        await Expect(page.Heading("Chosen by thompson, which learns from correct, less 0.1 for 1,000 tokens")).ToBeVisibleAsync();
        ILocator rows = page.Tab.Locator("section", new() { HasText = "Chosen by" }).Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.First).ToContainTextAsync("numbers/short");
        await Expect(rows.First).ToContainTextAsync("812");
        await Expect(rows.First).ToContainTextAsync("18.4");
        await Expect(rows.First).ToContainTextAsync("bo8 64");
        await Expect(rows.First).Not.ToContainTextAsync("stopped looking");
        await Expect(rows.Last).ToContainTextAsync("stopped looking at the best arm");
    }

    [Fact]
    public async Task Weights_Saved_KeepMarginAndRouter()
    {
        await using DashboardPage page = await OpenRoutedAsync();
        var sent = new TaskCompletionSource<JsonNode>();
        await page.Tab.RouteAsync("**/api/experiments/routed", route =>
        {
            if (route.Request.Method == "PUT")
                sent.TrySetResult(JsonNode.Parse(route.Request.PostData!)!);
            return route.FulfillAsync(new() { ContentType = "application/json", Body = DashboardPage.Fixture("experiment-routed.json") });
        });
        await page.Tab.GetByText("Change weights").ClickAsync();
        await page.Tab.GetByLabel("Weight").Last.FillAsync("3");
        await page.Button("Save").ClickAsync();
        JsonNode body = await sent.Task;
        Assert.Equal("""[{"name":"correct","better":"higher","margin":0.02}]""", body["metrics"]!.ToJsonString());
        Assert.Equal((3, 0.1), ((int)body["arms"]![2]!["weight"]!, (double)body["router"]!["token_penalty"]!));
    }

    private Task<DashboardPage> OpenRoutedAsync() =>
        DashboardPage.OpenAsync(chromium, _server, "#/experiments/routed", fixtures: [("/api/experiments/routed", "experiment-routed.json"), ("/api/experiments/routed/history", "history.json")]);

    private Task<DashboardPage> OpenAsync() =>
        DashboardPage.OpenAsync(chromium, _server, "#/experiments/bo8-vs-plain", fixtures: [(Path, "experiment.json"), ($"{Path}/history", "history.json")]);
}
