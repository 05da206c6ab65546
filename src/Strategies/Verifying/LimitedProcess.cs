using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace InferenceServer.Strategies.Verifying;

/// <param name="Output">What it printed.</param>
/// <param name="Problem">Why the output cannot be used, as the end of a sentence; null when it can.</param>
internal readonly record struct ProcessResult(byte[] Output, string? Problem);

/// <summary>
/// Runs a program on Linux with as little as it needs: a session of its own, so that its children die with it; limits of time, address space and output; an
/// empty environment and an empty folder; and no network where the kernel lets us take it away without privileges (<c>unshare</c>). The tools are util-linux's.
/// </summary>
public static partial class LimitedProcess
{
    private const int Kill = 9;

    private static readonly Lazy<bool> CanUnshare = new(() => Succeeds("unshare", "-rn", "true"));
    private static readonly Lazy<bool> HasLimits = new(() => OperatingSystem.IsLinux() && Succeeds("setsid", "prlimit", "--core=0", "true"));

    /// <summary>How programs are shut in on this machine, in a sentence for the start-up lines.</summary>
    public static string Isolation =>
        !HasLimits.Value ? "Verifier commands cannot run here: setsid and prlimit (util-linux on Linux) are needed to limit them."
        : CanUnshare.Value ? "Verifier commands run without network, in their own process group, with limits of time, memory and output."
        : "WARNING: verifier commands run WITH network: this kernel does not let an ordinary user take it away (unshare -rn failed). Time, memory and output are limited.";

    internal static async Task<ProcessResult> RunAsync(VerifierCommand command, string input, CancellationToken cancellationToken)
    {
        if (!HasLimits.Value)
            return new([], "cannot be run here: setsid and prlimit are missing");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("verifier-");
        try
        {
            using Process? process = Start(command, folder.FullName);
            return process is null ? new([], "cannot be started") : await FollowAsync(process, command, input, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process? Start(VerifierCommand command, string folder)
    {
        // Each of these replaces itself by the next, so the process id stays that of the session's leader.
        string[] unshare = CanUnshare.Value ? ["unshare", "-rn"] : [];
        var start = new ProcessStartInfo("setsid", [.. unshare, "prlimit", $"--as={command.MemoryBytes}", "--core=0", command.File, .. command.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        return Process.Start(start);
    }

    private static async Task<ProcessResult> FollowAsync(Process process, VerifierCommand command, string input, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(command.Timeout);
        try
        {
            Task<byte[]?> output = ReadAsync(process.StandardOutput.BaseStream, command.OutputBytes, limit.Token);
            Task<byte[]?> error = ReadAsync(process.StandardError.BaseStream, command.OutputBytes, limit.Token);
            await WriteAsync(process, input, limit.Token);
            // Whichever prints too much ends it: the other may never close.
            await foreach (Task<byte[]?> ended in Task.WhenEach(output, error))
                if (await ended is null)
                    return new([], $"printed more than {command.OutputBytes} bytes");
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? new((await output)!, null) : new([], $"ended with code {process.ExitCode}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new([], $"did not end within {command.Timeout.TotalSeconds:0.#} s");
        }
        finally
        {
            // It by itself first: a limit may end before setsid has made the group. Then the whole group: what it started goes too, even if it ended by itself.
            process.Kill();
            _ = SendSignal(-process.Id, Kill);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read its input, which is its own affair.
        }
    }

    /// <summary>Null when there is more.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var buffer = new byte[most + 1];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > most ? null : buffer[..length];
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
