using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Telemetry;
using InferenceServer.Workloads;

namespace InferenceServer.Server.Benchmarks;

/// <summary>How long users wait with and without shadows: the same requests at the same moments, in turn block by block on one server; with shadows the time between them is filled with shadow work.</summary>
internal static class ShadowDelay
{
    private const int PromptTokens = 32, Tokens = 32, Candidates = 8, Requests = 30, MeanPauseMs = 100;

    public static async Task RunAsync(ModelShape shape, int blocks, bool spin)
    {
        await using BenchmarkServer server = await BenchmarkServer.StartAsync(shape, slots: 16, spin);
        JsonElement plan = JsonSerializer.SerializeToElement(new[] { new Dictionary<string, object> { ["name"] = "best_of_n", ["n"] = Candidates } });
        var metrics = server.App.Services.GetRequiredService<TraceMetrics>();
        List<double> with = [], without = [];
        long shadowTokens = 0;
        for (int block = 0; block <= blocks; block++)
            foreach (bool shadowed in block % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                // Shadows of a prompt that is nobody's: their work is there, and the users' own requests are the same in both kinds of block.
                if (shadowed)
                    for (int i = 0; i < Requests; i++)
                        await server.RunAsync(Request(block, 10_000 + i) with { Shadow = new() { Strategies = plan } }, Tokens);
                long own = server.Model.Engine.Statistics.SampledTokens;
                double[] waits = await BlockAsync(block);
                if (block > 0)
                    (shadowed ? with : without).AddRange(waits);
                if (shadowed && block > 0)
                    shadowTokens += server.Model.Engine.Statistics.SampledTokens - own - Requests * Tokens;
                while (metrics.ShadowsWaiting() > 0 || metrics.Waiting() > 0)
                    await Task.Delay(10);
            }
        Console.WriteLine($"Shape {shape.Name}, fp32, {Environment.ProcessorCount} processors, spinning {(spin ? "on" : "off")}; {Requests} plain requests of {Tokens} tokens a block, one after the other with pauses of {MeanPauseMs} ms on average; {blocks} blocks of each kind in turn, and one that warms up. {shadowTokens} tokens of shadows were sampled in between.");
        Console.WriteLine();
        Console.WriteLine("| | median, ms | 90 %, ms | 99 %, ms |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach ((string name, List<double> waits) in ((string, List<double>)[])[("without shadows", without), ("with shadows", with)])
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Quantile(waits, 0.5):F1} | {Quantile(waits, 0.9):F1} | {Quantile(waits, 0.99):F1} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| ratio | {Quantile(with, 0.5) / Quantile(without, 0.5):P1} | {Quantile(with, 0.9) / Quantile(without, 0.9):P1} | {Quantile(with, 0.99) / Quantile(without, 0.99):P1} |"));

        async Task<double[]> BlockAsync(int block)
        {
            var random = new Random(block);
            var waits = new double[Requests];
            for (int i = 0; i < Requests; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(-Math.Log(1 - random.NextDouble()) * MeanPauseMs));
                long start = Stopwatch.GetTimestamp();
                await server.RunAsync(Request(block, i), Tokens);
                waits[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            return waits;
        }
    }

    private static CompletionRequest Request(int block, int number) => new()
    {
        Prompt = new TextBatch([new(null, ModelShape.Prompt(PromptTokens, block * 100_000 + number))], false),
        Temperature = 0.8,
        Seed = number,
        IgnoreEos = true,
    };

    private static double Quantile(List<double> values, double q)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];
    }
}
