using System.Diagnostics;
using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>A thousand small requests at once over 64 rows, several rounds of them: every token arrives, and memory does not grow from round to round.</summary>
public static class Concurrent
{
    private const int Requests = 1000, Slots = 64;

    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} {Requests} requests at once, prompts of 16-64 tokens, 8-32 new ones, {Slots} rows.");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | spin | round | finished | tokens lost | seconds | tokens a second | managed MB after | process MB after |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (shape, format, spin) in settings.Models)
        {
            using var cell = settings.Engine(shape, format, spin, Slots, capacity: 128);
            for (int round = 0; round <= settings.Repetitions; round++)
            {
                var random = new Random(round);
                var requests = Enumerable.Range(0, Requests).Select(i => (Prompt: ModelShape.Prompt(random.Next(16, 65), seed: random.Next()), Tokens: random.Next(8, 33))).ToArray();
                long start = Stopwatch.GetTimestamp();
                int[] counts = Task.WhenAll(requests.Select(r => RequestAsync(cell.Engine, r.Prompt, r.Tokens))).GetAwaiter().GetResult();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                int asked = requests.Sum(r => r.Tokens), finished = requests.Zip(counts).Count(x => x.First.Tokens == x.Second);
                Console.WriteLine($"| {shape.Name} | {format} | {Settings.Name(spin)} | {round} | {finished} | {asked - counts.Sum()} | {seconds:F2} | {asked / seconds:F0} | {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F1} | {Resident():F0} |");
            }
        }
    }

    private static async Task<int> RequestAsync(LlmEngine engine, int[] prompt, int tokens)
    {
        await using var handle = engine.Start(prompt, new SequenceOptions { Sampling = EngineLoop.Sampling });
        return await EngineLoop.ReadAsync(handle, tokens);
    }

    private static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }
}
