using System.Runtime.InteropServices;
using InferenceServer.Kernels;
using InferenceServer.Modeling;
using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>What to run, from the command line.</summary>
public sealed record Settings(ModelShape[] Shapes, WeightFormat[] Formats, int[] Rows, int[] Contexts, bool[] Spins, int Threads, int Tokens, int Repetitions)
{
    /// <summary>Every model asked for, one at a time: M takes 750 MB a session.</summary>
    public IEnumerable<(ModelShape Shape, WeightFormat Format, bool Spin)> Models =>
        from shape in Shapes from format in Formats from spin in Spins select (shape, format, spin);

    public int Capacity => Contexts.Max() + Tokens + 2;

    public BareLoop Bare(ModelShape shape, WeightFormat format, bool spin, int rows, int capacity) => new(shape.OnnxPath(format), shape.Config, rows, capacity, Threads, spin);

    public EngineLoop Engine(ModelShape shape, WeightFormat format, bool spin, int rows, int capacity) => new(shape.OnnxPath(format), rows, capacity, Threads, spin);

    public string Environment =>
        $"{RuntimeInformation.FrameworkDescription}, {System.Environment.ProcessorCount} processors, {Threads} threads, kernels {KernelVariants.Selected}, {Repetitions} repetitions in turn. "
        + $"Load before: {(File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown")}.";

    public static string Name(bool spin) => spin ? "on" : "off";
}
