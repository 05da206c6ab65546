using System.Diagnostics;
using System.Text;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Hosting;

/// <summary>The program as an operator starts it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TemporaryFolder _data;
    private bool _disposed;

    private ServerProcess(Process process, TemporaryFolder data) => (_process, _data) = (process, data);

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static ServerProcess Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        // The user's data folder of these tests.
        var data = new TemporaryFolder();
        start.Environment["XDG_DATA_HOME"] = data.Path;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process, data);
        process.OutputDataReceived += (_, line) => server.Add(line.Data);
        process.ErrorDataReceived += (_, line) => server.Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using ServerProcess server = Start(environment, arguments);
        await server._process.WaitForExitAsync();
        return (server._process.ExitCode, server.Output);
    }

    /// <summary>Waits for a piece of output.</summary>
    public async Task SaysAsync(string text)
    {
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(_process.HasExited, Output);
            await Task.Delay(20);
        }
    }

    /// <summary>Where it listens; after its banner.</summary>
    public Uri Address => new(Output.Split('\n').Single(line => line.Contains("listens", StringComparison.Ordinal)).Split("listens")[1].Trim());

    /// <summary>Sends what Ctrl+C sends, and waits.</summary>
    public async Task<int> StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>kill -9, if it still runs. May be called again.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
        _data.Dispose();
    }

    private void Add(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
