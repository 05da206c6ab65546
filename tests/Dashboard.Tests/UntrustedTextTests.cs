using InferenceServer.Modeling.Text;
using InferenceServer.Server.Tests;
using InferenceServer.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

/// <summary>What a model, a user or a neighbour wrote stays text.</summary>
public sealed class UntrustedTextTests(Chromium chromium)
{
    private const string Markup = "<script>window.harmed=1</script><img src=x onerror=window.harmed=1><b>bold</b>";

    [Fact]
    public async Task Completion_WithMarkup_IsShownAsText()
    {
        const string Prompt = "Say it.";
        await using TestServer server = await TestServer.StartAsync(SayingMarkup(Prompt));
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server);
        await page.Tab.GetByLabel("Raw prompt").CheckAsync();
        await page.Tab.GetByLabel("Prompt", new() { Exact = true }).FillAsync(Prompt);
        await page.Tab.GetByLabel("Most tokens").FillAsync("150");
        await page.Button("Run").ClickAsync();
        await Expect(page.Tab.Locator(".lane.selected .tokens")).ToContainTextAsync(Markup);
        await Expect(page.Tab.Locator(".reply")).ToContainTextAsync(Markup);
        await InertAsync(page);
    }

    [Fact]
    public async Task Prompt_WithMarkup_IsShownAsText()
    {
        await using TestServer server = await TestServer.StartAsync();
        string request = Uri.EscapeDataString($$"""{"messages":[{"role":"user","content":"{{Markup}}"}],"strategies":[{"name":"{{Markup}}"}]}""");
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server, $"#/?request={request}");
        page.Expect(400);
        await Expect(page.Tab.GetByLabel("Message 1")).ToHaveValueAsync(Markup);
        await Expect(page.Tab.Locator(".json")).ToContainTextAsync(Markup);
        await Expect(page.Tab.Locator(".card")).ToContainTextAsync(Markup);
        await page.Button("Run").ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync(Markup);
        await InertAsync(page);
    }

    [Fact]
    public async Task Page_TurningTextIntoMarkup_IsRefusedByTheBrowser()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, server);
        string refused = await page.Tab.EvaluateAsync<string>("() => { try { document.body.innerHTML = '<p>markup</p>'; return 'done'; } catch (e) { return e.name; } }");
        Assert.Equal("TypeError", refused);
        page.Forgive("TrustedHTML");
    }

    private static async Task InertAsync(DashboardPage page)
    {
        Assert.True(await page.Tab.EvaluateAsync<bool>("window.harmed === undefined"));
        Assert.Equal(0, await page.Tab.Locator("main script, main img, main b:text-is('bold')").CountAsync());
    }

    private static ScriptedDecoder SayingMarkup(string prompt)
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        var tokenizer = ModelTokenizer.Load(folder.File("tokenizer.json"));
        return ScriptedDecoder.Saying(tokenizer.Encode(Markup + "\n", allowSpecial: false), tokenizer.Encode(prompt).Length, TestModel.Config.VocabSize, slots: 16, capacity: TestServer.Context);
    }
}
