using System.Net;
using System.Net.Sockets;
using System.Text;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests.Verifying;

/// <summary>Verifiers outside the process, the bad ones above all: whatever they do, a request gets its verdict, pass, fail or unknown.</summary>
public class ExternalVerifierTests
{
    private static async Task<Verdict> RunAsync(string script, double seconds = 20, long memory = 1L << 30, int output = 1000)
    {
        var permissions = new VerifierPermissions
        {
            Commands = new Dictionary<string, VerifierCommand>
            {
                ["check"] = new() { File = "/bin/sh", Arguments = ["-c", script], Timeout = TimeSpan.FromSeconds(seconds), MemoryBytes = memory, OutputBytes = output },
            },
        };
        return await new CommandVerifier(permissions).VerifyAsync(new() { Command = "check" }, new Submission("How many?", "so\n#### 42"), default);
    }

    [Fact]
    public async Task Command_WellBehaved_GivesItsVerdict()
    {
        Verdict verdict = await RunAsync("""read line; case "$line" in *'"answer":"42"'*) printf %s '{"outcome":"fail","feedback":"one\ntwo","quality":1.5}';; esac""");
        Assert.Equal((VerificationOutcome.Fail, "one two", 1.5, VerifierKind.Executable), (verdict.Outcome, verdict.Feedback, verdict.Quality, verdict.VerifierKind));
        Assert.True((await RunAsync("""echo '{"outcome":"pass"}'""")).IsPass);
    }

    [Theory]
    [InlineData("sleep 600", "did not end within 0.3 s")]
    [InlineData("sleep 600 & wait", "did not end within 0.3 s")]
    [InlineData("while :; do :; done", "did not end within 0.3 s")]
    public async Task Command_Hangs_IsKilledAndUnknown(string script, string reason)
    {
        Verdict verdict = await RunAsync(script, seconds: 0.3);
        Assert.Equal(VerificationOutcome.Unknown, verdict.Outcome);
        Assert.Contains(reason, verdict.Feedback, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3", "ended with code 3")]
    [InlineData("kill -SEGV $$", "ended with code 139")]
    [InlineData("echo yes", "it is not JSON")]
    [InlineData("head -c 300 /dev/urandom", "it is not JSON")]
    [InlineData("", "it is not JSON")]
    [InlineData("echo '{\"outcome\":\"maybe\"}'", "none of pass, fail and unknown")]
    [InlineData("echo '[1]'", "lacks")]
    [InlineData("yes", "printed more than 1000 bytes")]
    [InlineData("yes >&2", "printed more than 1000 bytes")]
    public async Task Command_CrashesOrPrintsGarbage_IsUnknown(string script, string reason)
    {
        Verdict verdict = await RunAsync(script);
        Assert.Equal(VerificationOutcome.Unknown, verdict.Outcome);
        Assert.Contains(reason, verdict.Feedback, StringComparison.Ordinal);
    }

    /// <summary>Over before the program has a group of its own.</summary>
    [Fact]
    public async Task Command_LimitEndsWhileItStarts_IsKilledAllTheSame()
    {
        for (int i = 0; i < 20; i++)
            Assert.Contains("did not end within", (await RunAsync("sleep 600", seconds: 0)).Feedback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_Leftovers_DieWithIt()
    {
        string marker = Path.Combine(Path.GetTempPath(), $"verifier-{Guid.NewGuid():N}");
        // The child says who it is and would go on for ever; its parent ends at once.
        await RunAsync($$"""sleep 1000 >/dev/null 2>&1 & echo $! > {{marker}}; echo '{"outcome":"pass"}'""");
        int child = int.Parse(await File.ReadAllTextAsync(marker));
        File.Delete(marker);
        for (int i = 0; i < 2000 && IsAlive(child); i++)
            await Task.Delay(5);
        Assert.False(IsAlive(child));

        static bool IsAlive(int process) => File.Exists($"/proc/{process}/stat") && File.ReadAllText($"/proc/{process}/stat").Split(')')[1].Trim()[0] != 'Z';
    }

    [Fact]
    public async Task Command_Surroundings_AreBare()
    {
        Environment.SetEnvironmentVariable("VERIFIER_TEST_SECRET", "s3cret");
        Assert.True((await RunAsync("""test -z "$VERIFIER_TEST_SECRET" && test -z "$(ls)" && echo '{"outcome":"pass"}'""")).IsPass);
        // Asking for more address space than allowed fails.
        Verdict verdict = await RunAsync("""ulimit -v | grep -qx 102400 && echo '{"outcome":"pass"}'""", memory: 100 << 20);
        Assert.True(verdict.IsPass, verdict.Feedback);
    }

    [Fact]
    public async Task Command_Network_IsAwayWhereTheStartUpLineSaysSo()
    {
        Verdict verdict = await RunAsync("""test "$(grep -c : /proc/net/dev)" = 1 && echo '{"outcome":"pass"}' || echo '{"outcome":"fail"}'""");
        Assert.Equal(LimitedProcess.Isolation.Contains("without network", StringComparison.Ordinal) ? VerificationOutcome.Pass : VerificationOutcome.Fail, verdict.Outcome);
    }

    [Fact]
    public async Task Command_CancelledRequest_StopsIt()
    {
        var permissions = new VerifierPermissions { Commands = new Dictionary<string, VerifierCommand> { ["check"] = new() { File = "sleep", Arguments = ["600"], Timeout = TimeSpan.FromHours(1) } } };
        using var cancel = new CancellationTokenSource();
        ValueTask<Verdict> verdict = new CommandVerifier(permissions).VerifyAsync(new() { Command = "check" }, new Submission("Q", "x"), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await verdict);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"outcome\":\"pass\"}", VerificationOutcome.Pass, "")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n{\"outcome\":\"fail\",\"feedback\":\"no\"}", VerificationOutcome.Fail, "no")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", VerificationOutcome.Unknown, "status 500")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", VerificationOutcome.Unknown, "status 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwhat", VerificationOutcome.Unknown, "not JSON")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n{", VerificationOutcome.Unknown, "cannot be reached")]
    [InlineData("garbage", VerificationOutcome.Unknown, "cannot be reached")]
    [InlineData("", VerificationOutcome.Unknown, "did not reply within 200 ms")]
    public async Task Webhook_Reply_GivesAVerdictOrUnknown(string reply, VerificationOutcome outcome, string feedback)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string host = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        using var over = new CancellationTokenSource();
        Task serving = ServeAsync(listener, reply, over.Token);
        var verifier = new WebhookVerifier(new() { WebhookHosts = [host] });
        var options = new WebhookOptions { Url = $"http://{host}/check", TimeoutMs = reply.Length == 0 ? 200 : 20000 };
        Assert.Null(verifier.Check(options, null!));
        Verdict verdict = await verifier.VerifyAsync(options, new Submission("Q", "#### 4"), default);
        await over.CancelAsync();
        await serving;
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Contains(feedback, verdict.Feedback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_NobodyListens_IsUnknown()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            string url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
            listener.Stop();
            Verdict verdict = await new WebhookVerifier(VerifierPermissions.None).VerifyAsync(new() { Url = url }, new Submission("Q", "x"), default);
            Assert.Equal(VerificationOutcome.Unknown, verdict.Outcome);
        }
    }

    /// <summary>Reads what comes and replies, or keeps silent; one connection after the other.</summary>
    private static async Task ServeAsync(TcpListener listener, string reply, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(cancellationToken);
                NetworkStream stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[100], 100, cancellationToken: cancellationToken);
                if (reply.Length == 0)
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), cancellationToken);
                await Task.Delay(100, cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over.
        }
    }
}
