using System.Diagnostics;
using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>Best-of-16 from nothing: one prompt computed, fifteen forks, sixteen rows decoded; against the bare loop's prefill, KV copies and rows.</summary>
public static class BestOf
{
    private const int Candidates = 16, PromptTokens = 256;

    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} {Candidates} candidates, prompt {PromptTokens}, {settings.Tokens} tokens each; milliseconds, best / median.");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | spin | bare loop | engine | engine / bare |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: |");
        int capacity = PromptTokens + settings.Tokens + 2;
        foreach (var (shape, format, spin) in settings.Models)
        {
            using var bare = settings.Bare(shape, format, spin, Candidates, capacity);
            using var engine = settings.Engine(shape, format, spin, Candidates, capacity);
            var (bareTimes, engineTimes) = (new List<double>(), new List<double>());
            for (int repetition = 0; repetition <= settings.Repetitions; repetition++)
            {
                // A prompt of its own each time: the prefix cache must not help.
                int[] prompt = ModelShape.Prompt(PromptTokens, seed: 100 + repetition);
                var timing = bare.Run(Candidates, prompt, settings.Tokens);
                double engineSeconds = Candidate(engine.Engine, prompt, settings.Tokens);
                if (repetition == 0)
                    continue;
                bareTimes.Add(1000 * (timing.PrefillSeconds + timing.DecodeSeconds));
                engineTimes.Add(1000 * engineSeconds);
            }
            double bareMedian = Interleaved.Median(bareTimes), median = Interleaved.Median(engineTimes);
            Console.WriteLine($"| {shape.Name} | {format} | {Settings.Name(spin)} | {bareTimes.Min():F1} / {bareMedian:F1} | {engineTimes.Min():F1} / {median:F1} | {median / bareMedian:F3} ({engineTimes.Min() / bareTimes.Min():F3}) |");
        }
    }

    private static double Candidate(LlmEngine engine, int[] prompt, int tokens)
    {
        long start = Stopwatch.GetTimestamp();
        var handles = new List<SequenceHandle> { engine.Start(prompt, new SequenceOptions { Sampling = EngineLoop.Sampling }) };
        while (handles.Count < Candidates)
            handles.Add(handles[0].Fork());
        Task.WhenAll(handles.Select(h => EngineLoop.ReadAsync(h, tokens))).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var handle in handles)
            handle.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return seconds;
    }
}
