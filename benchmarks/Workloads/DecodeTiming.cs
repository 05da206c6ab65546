using System.Diagnostics;

namespace InferenceServer.Workloads;

/// <summary>One run of a cell: how long the prompts and the tokens after them took, and how many cores worked meanwhile.</summary>
public readonly record struct DecodeTiming(double PrefillSeconds, double DecodeSeconds, int Tokens, double Cores)
{
    public double TokensPerSecond => Tokens / DecodeSeconds;

    public static DecodeTiming Measure(int tokens, Action prefill, Action decode)
    {
        long start = Stopwatch.GetTimestamp();
        prefill();
        double prefillSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        start = Stopwatch.GetTimestamp();
        decode();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return new(prefillSeconds, seconds, tokens, (process.TotalProcessorTime - cpu).TotalSeconds / seconds);
    }
}

/// <summary>A way to run rows that share a prompt: prompt tokens each, then new tokens each.</summary>
public interface IDecodeCell : IDisposable
{
    DecodeTiming Run(int rows, int[] prompt, int newTokens);
}
