using System.Text.Json.Nodes;
using InferenceServer.Server.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceServer.Dashboard.Tests;

public sealed class HandbooksTests(Chromium chromium, DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private const string Instruction = "Before the final answer, check that the unit of the result is the one that was asked for.";
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Editor_CreateWriteEditDelete_ChangesTheHandbook()
    {
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/handbooks");
        page.Tab.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.Tab.GetByLabel("New handbook").FillAsync("arithmetic");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("arithmetic")).ToBeVisibleAsync();

        await page.Tab.GetByText("New behaviour").ClickAsync();
        await page.Tab.GetByLabel("Name", new() { Exact = true }).FillAsync("behavior_unit_check");
        await page.Tab.GetByLabel("Instruction").FillAsync(Instruction);
        await page.Tab.GetByLabel("Topics").FillAsync("units, checks");
        await page.Button("Save").ClickAsync();
        ILocator entry = page.Tab.GetByRole(AriaRole.Article, new() { Name = "behavior_unit_check" });
        await Expect(entry).ToContainTextAsync(Instruction);
        Assert.Equal("""["units","checks"]""", (await _server.GetJsonAsync("/api/handbooks/arithmetic"))["behaviours"]![0]!["topics"]!.ToJsonString());

        await entry.GetByText("Edit").ClickAsync();
        await entry.GetByLabel("Instruction").FillAsync("Check the unit of the result before it is given.");
        await entry.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(entry).ToContainTextAsync("version 2");

        await page.Button("Delete behavior_unit_check").ClickAsync();
        await Expect(page.Tab.GetByText("No behaviours yet.")).ToBeVisibleAsync();
        await page.Button("Delete").ClickAsync();
        await Expect(page.Heading("Handbooks")).ToBeVisibleAsync();
        Assert.Empty((await _server.GetJsonAsync("/api/handbooks"))["handbooks"]!.AsArray());
    }

    [Fact]
    public async Task Editor_RefusedEntry_SaysWhyAndKeepsWhatWasTyped()
    {
        await _server.Http.PutAsync("/api/handbooks/refusing", new StringContent("""{"behaviours":[]}""", System.Text.Encoding.UTF8, "application/json"));
        await using DashboardPage page = await DashboardPage.OpenAsync(chromium, _server, "#/handbooks/refusing");
        page.Expect(400);
        await page.Tab.GetByText("New behaviour").ClickAsync();
        await page.Tab.GetByLabel("Name", new() { Exact = true }).FillAsync("behavior_two_lines");
        await page.Tab.GetByLabel("Instruction").FillAsync("The first line of the hint,\nand a second one.");
        await page.Button("Save").ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Alert)).ToContainTextAsync("instruction");
        await Expect(page.Tab.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("behavior_two_lines");
        await _server.Http.DeleteAsync("/api/handbooks/refusing");
    }
}
