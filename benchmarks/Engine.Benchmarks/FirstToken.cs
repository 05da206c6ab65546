using System.Diagnostics;
using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>A prompt whose KV a finished sequence left behind: how many engine steps, and how long, until its first token is in the reader's hand.</summary>
public static class FirstToken
{
    private const int PromptTokens = 256;

    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} Prompt of {PromptTokens} tokens; median of the repetitions.");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | spin | prompt | steps to the first token | ms |");
        Console.WriteLine("| --- | --- | --- | --- | ---: | ---: |");
        foreach (var (shape, format, spin) in settings.Models)
        {
            using var cell = settings.Engine(shape, format, spin, rows: 8, PromptTokens + 8);
            var (cold, cached) = (new List<(long Steps, double Ms)>(), new List<(long Steps, double Ms)>());
            for (int repetition = 0; repetition <= settings.Repetitions; repetition++)
            {
                int[] prompt = ModelShape.Prompt(PromptTokens, seed: 200 + repetition);
                var (first, second) = (Measure(cell.Engine, prompt), Measure(cell.Engine, prompt));
                if (repetition == 0)
                    continue;
                cold.Add(first);
                cached.Add(second);
            }
            foreach (var (name, list) in new[] { ("new", cold), ("cached", cached) })
                Console.WriteLine($"| {shape.Name} | {format} | {Settings.Name(spin)} | {name} | {Interleaved.Median(list.Select(x => (double)x.Steps)):F0} | {Interleaved.Median(list.Select(x => x.Ms)):F2} |");
        }
    }

    private static (long Steps, double Ms) Measure(LlmEngine engine, int[] prompt)
    {
        long steps = engine.Statistics.Steps, start = Stopwatch.GetTimestamp();
        var handle = engine.Start(prompt, new SequenceOptions { Sampling = EngineLoop.Sampling });
        EngineLoop.ReadAsync(handle, 1).GetAwaiter().GetResult();
        var result = (engine.Statistics.Steps - steps, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        handle.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return result;
    }
}
