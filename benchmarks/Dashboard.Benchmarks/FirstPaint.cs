using System.Globalization;
using InferenceServer.Workloads;
using Microsoft.Playwright;

namespace InferenceServer.Dashboard.Benchmarks;

/// <summary>
/// The first page of a server with the bundled model, loaded in a real browser on the same machine. The browser itself says when it painted the first text (first
/// contentful paint), counted from the start of the navigation.
/// </summary>
public static class FirstPaint
{
    private const string Measure = """
        async () => {
          while (performance.getEntriesByName("first-contentful-paint").length === 0 || !document.querySelector(".plan .card")) await new Promise(done => setTimeout(done, 5));
          const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
          return [performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now(), entries.length, entries.reduce((sum, entry) => sum + entry.transferSize, 0)];
        }
        """;

    public static async Task RunAsync(string executable, int repetitions)
    {
        string folder = Directory.CreateTempSubdirectory("dashboard-benchmarks-").FullName;
        try
        {
            await using WebApplication app = Server.Program.Build(new Dictionary<string, string?> { ["Server:Urls"] = "http://127.0.0.1:0", ["Server:State"] = Path.Combine(folder, "state.db") });
            await app.StartAsync();
            using IPlaywright playwright = await Playwright.CreateAsync();
            await using IBrowser browser = await playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = executable,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
            Console.WriteLine($"{browser.BrowserType.Name} {browser.Version}, {Environment.ProcessorCount} processors; {repetitions} loads of each kind, in turn.");
            Console.WriteLine();
            Console.WriteLine("| cache | first contentful paint, median ms | slowest ms | forms ready, median ms | requests | bytes on the wire |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
            var empty = new List<double[]>();
            var filled = new List<double[]>();
            for (int repetition = 0; repetition <= repetitions; repetition++)
            {
                // A context of its own is a browser that was never here.
                await using IBrowserContext context = await browser.NewContextAsync();
                IPage page = await context.NewPageAsync();
                double[] first = await LoadAsync(page, app.Urls.First()), second = await LoadAsync(page, app.Urls.First());
                if (repetition == 0)
                    continue;
                empty.Add(first);
                filled.Add(second);
            }
            Write("empty", empty);
            Write("filled", filled);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double[]> LoadAsync(IPage page, string address)
    {
        await page.GotoAsync("about:blank");
        await page.GotoAsync(address);
        return await page.EvaluateAsync<double[]>(Measure);
    }

    private static void Write(string cache, List<double[]> loads)
    {
        double Median(int column) => Interleaved.Median([.. loads.Select(load => load[column])]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {cache} | {Median(0):F0} | {loads.Max(load => load[0]):F0} | {Median(1):F0} | {Median(2):F0} | {Median(3):F0} |"));
    }
}
