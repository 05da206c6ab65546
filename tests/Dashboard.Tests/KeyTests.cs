using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

/// <summary>What the page does where the server asks for an API key.</summary>
public sealed class KeyTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Page_AskedForAKey_AsksOnceAndKeepsItInTheTab()
    {
        await using DashboardPage page = await OpenGuardedAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.Tab.GetByLabel("API key", new() { Exact = true }).FillAsync("secret");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await Expect(page.Tab.GetByText("No handbooks yet.")).ToBeVisibleAsync();
        Assert.Equal("secret", await page.Tab.EvaluateAsync<string>("sessionStorage.getItem('api-key')"));
        Assert.Equal(0, await page.Tab.EvaluateAsync<int>("localStorage.length"));
    }

    [Fact]
    public async Task Page_WithoutTheKey_SaysWhatTheServerSaid()
    {
        await using DashboardPage page = await OpenGuardedAsync();
        await page.Tab.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync("Give a key.");
    }

    private async Task<DashboardPage> OpenGuardedAsync()
    {
        DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/nothing");
        page.Expect(401);
        await page.Tab.RouteAsync("**/api/**", async route =>
        {
            if (await route.Request.HeaderValueAsync("authorization") == "Bearer secret")
                await route.ContinueAsync();
            else
                await route.FulfillAsync(new() { Status = 401, ContentType = "application/json", Body = """{"error":{"message":"Give a key.","type":"invalid_request_error","code":"invalid_api_key"}}""" });
        });
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Handbooks" }).ClickAsync();
        return page;
    }
}
