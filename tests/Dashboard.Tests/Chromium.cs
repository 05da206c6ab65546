using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(InferenceServer.Dashboard.Tests.Chromium))]

namespace InferenceServer.Dashboard.Tests;

/// <summary>Debian's Chromium, started once for all tests. Without it the tests are skipped, and say why.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";
    private const string Missing = "Chromium is not installed: run ./test.sh, or apt-get install chromium. Nothing about the dashboard in a browser was tested.";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser
    {
        get
        {
            Assert.SkipUnless(File.Exists(Executable), Missing);
            return _browser!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
            return;
        _playwright = await Microsoft.Playwright.Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable,
            // No sandbox, since tests run as root in containers; the rest keeps the browser from calling home.
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        // A busy machine is slow, not wrong.
        Assertions.SetDefaultExpectTimeout(120_000);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
