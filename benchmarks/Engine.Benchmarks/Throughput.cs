using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>Decoding: the engine with sampling, log-probability, entropy and delivery, against the bare loop that takes the most probable token.</summary>
public static class Throughput
{
    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} {settings.Tokens} tokens a row, tokens a second, best / median; ratio of the medians (of the best).");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | spin | context | rows | bare loop | engine | engine / bare |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (shape, format, spin) in settings.Models)
        {
            using var bare = settings.Bare(shape, format, spin, settings.Rows.Max(), settings.Capacity);
            using var engine = settings.Engine(shape, format, spin, settings.Rows.Max(), settings.Capacity);
            foreach (int context in settings.Contexts)
                foreach (int rows in settings.Rows)
                {
                    var timings = Interleaved.Run([("bare", bare), ("engine", engine)], rows, context, settings.Tokens, settings.Repetitions, Console.Error);
                    double bareBest = Interleaved.BestSpeed(timings["bare"]), bareMedian = Interleaved.MedianSpeed(timings["bare"]);
                    double best = Interleaved.BestSpeed(timings["engine"]), median = Interleaved.MedianSpeed(timings["engine"]);
                    Console.WriteLine($"| {shape.Name} | {format} | {Settings.Name(spin)} | {context} | {rows} | {bareBest:F0} / {bareMedian:F0} | {best:F0} / {median:F0} | {median / bareMedian:F3} ({best / bareBest:F3}) |");
                }
        }
    }
}
