using System.Diagnostics;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>The sampler on real logits: forward passes of the model, and what drawing their rows took beside them.</summary>
public static class SamplingShare
{
    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} Temperature 0.8, top-p 0.95, log-probability and entropy; context {settings.Contexts[0]}, medians of {settings.Tokens} steps.");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | spin | rows | forward, ms | sampling, us a row | share of the step |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: | ---: |");
        foreach (var (shape, format, spin) in settings.Models)
            foreach (int rows in settings.Rows)
            {
                using var decoder = OnnxDecoder.Load(shape.OnnxPath(format), new OnnxDecoderOptions { Slots = rows, Capacity = settings.Capacity, Threads = settings.Threads, Spin = spin });
                using var logits = new LogitsBatch(rows, shape.Config.VocabSize);
                var sampler = new TokenSampler(shape.Config.VocabSize);
                var plan = new StepPlan();
                for (int r = 0; r < rows; r++)
                {
                    plan.DecodeTokens.Add(300 + r);
                    plan.DecodePositions.Add(0);
                }
                // A step draws so few rows that the JIT would reach its last tier after the measurement.
                decoder.Forward(plan, logits);
                for (int i = 0; i < 3000; i++)
                    sampler.Sample(logits.Row(0), EngineLoop.Sampling, [], 0, 0, i, 0);
                var (forward, sampling) = (new List<double>(), new List<double>());
                for (int position = 0; position < settings.Contexts[0] + settings.Tokens; position++)
                {
                    long start = Stopwatch.GetTimestamp();
                    decoder.Forward(plan, logits);
                    double forwardMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    start = Stopwatch.GetTimestamp();
                    for (int r = 0; r < rows; r++)
                    {
                        plan.DecodeTokens[r] = sampler.Sample(logits.Row(r), EngineLoop.Sampling, [], 0, (ulong)r, position, 0).Id;
                        plan.DecodePositions[r] = position + 1;
                    }
                    double samplingMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    if (position < settings.Contexts[0])
                        continue;
                    forward.Add(forwardMs);
                    sampling.Add(samplingMs);
                }
                double step = Interleaved.Median(forward), draw = Interleaved.Median(sampling);
                Console.WriteLine($"| {shape.Name} | {format} | {Settings.Name(spin)} | {rows} | {step:F2} | {1000 * draw / rows:F1} | {draw / (step + draw):P1} |");
            }
    }
}
