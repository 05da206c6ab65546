using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Benchmarks;

/// <summary>Operations a second on shared state, by one caller and by many, on a file and on a redis-server of its own that writes every command to disk.</summary>
internal static class StateSpeed
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(int callers)
    {
        string folder = Directory.CreateTempSubdirectory("state-benchmarks-").FullName;
        Process? redis = null;
        try
        {
            Console.WriteLine($"Values of 200 characters, {Duration.TotalSeconds:F0} s for each cell; acknowledged means flushed to disk on both.");
            Console.WriteLine();
            Console.WriteLine($"| state | callers | get | set | compare and set | add | push |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
            await using (var sqlite = new SqliteState(Path.Combine(folder, "state.db"), TimeProvider.System))
                foreach (int count in (int[])[1, callers])
                    await MeasureAsync("SQLite", sqlite, count);
            int port = FreePort();
            redis = StartRedis(port, folder);
            if (redis is null)
            {
                Console.WriteLine("| Redis | | not installed | | | | |");
                return;
            }
            await using RedisState state = await RedisState.ConnectAsync($"127.0.0.1:{port}", TimeProvider.System);
            foreach (int count in (int[])[1, callers])
                await MeasureAsync("Redis", state, count);
        }
        finally
        {
            redis?.Kill();
            redis?.WaitForExit();
            redis?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string name, ISharedState state, int callers)
    {
        string value = new('x', 200);
        await state.SetAsync("default/benchmark/read", value);
        (string Name, Func<int, int, ValueTask> Run)[] operations =
        [
            ("get", async (_, _) => await state.GetAsync("default/benchmark/read")),
            // Another value each time: SQLite writes nothing when the same is set again.
            ("set", (caller, i) => state.SetAsync($"default/benchmark/{caller}", value + i)),
            ("cas", async (caller, i) => await state.CompareAndSetAsync($"default/cas/{caller}", i == 0 ? null : value + (i - 1), value + i)),
            ("add", async (caller, _) => await state.AddAsync($"default/counter/{caller}", 1)),
            ("push", (caller, _) => state.PushAsync($"default/list/{caller}", value, 100)),
        ];
        var speeds = new List<double>();
        foreach ((string operation, Func<int, int, ValueTask> run) in operations)
        {
            for (int caller = 0; caller < callers; caller++)
                await state.RemoveAsync($"default/cas/{caller}");
            long done = 0, start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                for (int i = 0; Stopwatch.GetElapsedTime(start) < Duration; i++)
                {
                    await run(caller, i);
                    Interlocked.Increment(ref done);
                }
            })));
            speeds.Add(done / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Console.WriteLine($"| {name} | {callers} | {string.Join(" | ", speeds.Select(speed => speed.ToString("N0", CultureInfo.InvariantCulture)))} |");
    }

    private static Process? StartRedis(int port, string folder)
    {
        try
        {
            var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true };
            foreach (string argument in (string[])["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
                start.ArgumentList.Add(argument);
            Process process = Process.Start(start)!;
            while (process.StandardOutput.ReadLine() is { } line && !line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
            }
            _ = process.StandardOutput.ReadToEndAsync();
            return process;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
