using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.State;

/// <summary>A real redis-server on a port of its own, which can be stopped and started again with what it had written.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private const string Missing = "redis-server is not installed: run ./test.sh, or apt-get install redis-server. Nothing about Redis was tested.";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public int Port { get; } = FreePort();
    public string Configuration => $"127.0.0.1:{Port}";

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "redis-server")));

    /// <summary>Skips the test, with the reason, on a machine without Redis.</summary>
    public static void Require() => Assert.SkipUnless(IsInstalled, Missing);

    public async ValueTask InitializeAsync()
    {
        if (IsInstalled)
            await StartAsync();
    }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = _process.StandardOutput.ReadToEndAsync();
                return;
            }
        Assert.Fail("redis-server ended before it was ready.");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
