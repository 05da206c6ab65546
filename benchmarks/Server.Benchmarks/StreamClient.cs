using System.Diagnostics;
using System.Text;

namespace InferenceServer.Server.Benchmarks;

/// <summary>A client in a process of its own, so that its work is not counted as the server's. Reads one body a line, sends them all at an empty line, and says when every stream has ended.</summary>
internal sealed class StreamClient : IDisposable
{
    private readonly Process _process;

    public StreamClient(string address)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["client", address]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public async Task StreamAsync(IEnumerable<string> bodies)
    {
        foreach (string body in bodies)
            await _process.StandardInput.WriteLineAsync(body);
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        if (await _process.StandardOutput.ReadLineAsync() is not "done")
            throw new InvalidOperationException("The client failed.");
    }

    /// <summary>What the client's process runs.</summary>
    public static async Task ServeAsync(string address)
    {
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        var bodies = new List<string>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                bodies.Add(line);
                continue;
            }
            await Task.WhenAll(bodies.Select(body => ReadAsync(http, body)));
            bodies.Clear();
            Console.WriteLine("done");
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task ReadAsync(HttpClient http, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await response.Content.CopyToAsync(Stream.Null);
    }
}
