using System.Runtime.InteropServices;

namespace InferenceServer.Evaluation.Reports;

/// <summary>What a measurement ran on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        string? processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{Environment.ProcessorCount} × {processor ?? RuntimeInformation.ProcessArchitecture.ToString()}, "
            + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }
}
