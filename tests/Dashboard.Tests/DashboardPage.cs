using InferenceServer.Server.Tests;
using InferenceServer.Shared;
using Microsoft.Playwright;

namespace InferenceServer.Dashboard.Tests;

/// <summary>
/// The dashboard in a tab of its own. It notes what must not happen, and <see cref="DisposeAsync"/> fails the test if it did: an error on the console (a violation of the
/// content security policy is one), an exception, a request that leaves the origin.
/// </summary>
internal sealed class DashboardPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];
    private readonly HashSet<int> _expected = [];

    private DashboardPage(IBrowserContext context, IPage tab, Uri address) => (_context, Tab, Address) = (context, tab, address);

    public IPage Tab { get; }
    public Uri Address { get; }

    /// <param name="hash">The view, such as <c>#/traces</c>.</param>
    /// <param name="fixtures">Answers of endpoints that this test does not leave to the server: a path pattern and a file of <c>Fixtures</c>.</param>
    public static async Task<DashboardPage> OpenAsync(
        Chromium chromium, TestServer server, string hash = "#/", int width = 1280, ColorScheme scheme = ColorScheme.Light, params (string Path, string File)[] fixtures)
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = width < 500 ? 844 : 860 }, ColorScheme = scheme });
        context.SetDefaultTimeout(120_000);
        IPage tab = await context.NewPageAsync();
        var page = new DashboardPage(context, tab, server.Address);
        tab.Console += (_, message) => page.Hear(message);
        tab.PageError += (_, error) => page._faults.Add(error);
        tab.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(server.Address.ToString(), StringComparison.Ordinal))
                page._faults.Add($"A request left the origin: {request.Url}");
        };
        foreach ((string path, string file) in fixtures)
            await tab.RouteAsync(url => new Uri(url).AbsolutePath == path, route => route.FulfillAsync(new() { ContentType = "application/json", Body = Fixture(file) }));
        await tab.GotoAsync(new Uri(server.Address, hash).ToString());
        return page;
    }

    public static string Fixture(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", file));

    /// <summary>The console's line about an answer with this status is no fault here: the test brings it about.</summary>
    public void Expect(int status) => _expected.Add(status);

    /// <summary>A fault that holds this text was wanted.</summary>
    public void Forgive(string text) => Assert.NotEqual(0, _faults.RemoveAll(fault => fault.Contains(text, StringComparison.Ordinal)));

    public ILocator Button(string name) => Tab.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Heading(string name) => Tab.GetByRole(AriaRole.Heading, new() { Name = name });

    /// <summary>Nothing sticks out at the side.</summary>
    public async Task FitsAsync()
    {
        int[] widths = await Tab.EvaluateAsync<int[]>("[document.documentElement.scrollWidth, innerWidth]");
        Assert.True(widths[0] <= widths[1], $"The page is {widths[0]} pixels wide in a window of {widths[1]}.");
    }

    /// <summary>A picture of the whole page for people to look at: artifacts/dashboard.</summary>
    public Task PictureAsync(string name) =>
        Tab.ScreenshotAsync(new() { Path = Path.Combine(RepositoryRoot.Path, "artifacts", "dashboard", $"{name}.png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_faults);
    }

    private void Hear(IConsoleMessage message)
    {
        bool expected = _expected.Any(status => message.Text.Contains($"status of {status}", StringComparison.Ordinal));
        if (message.Type is "error" or "warning" && !expected)
            _faults.Add($"{message.Type}: {message.Text}");
    }
}
