using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Server.Requests;
using InferenceServer.Server.State;
using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;
using InferenceServer.Workloads;

namespace InferenceServer.Server.Benchmarks;

/// <summary>The same load with and without traces, in turn on one server: what it takes to keep tokens, to make traces and to write them, all of which runs beside generation.</summary>
internal static class TracesCost
{
    private const int PromptTokens = 32, Tokens = 64, Candidates = 4, AtOnce = 8, Requests = 64;

    public static async Task RunAsync(ModelShape shape, int rounds, bool spin)
    {
        await using BenchmarkServer server = await BenchmarkServer.StartAsync(shape, AtOnce * Candidates, spin);
        JsonElement plan = JsonSerializer.SerializeToElement(new[] { new Dictionary<string, object> { ["name"] = "best_of_n", ["n"] = Candidates } });
        var metrics = server.App.Services.GetRequiredService<TraceMetrics>();
        List<double> on = [], off = [];
        // Processor time says the same on a machine that does other things too.
        List<double> processorOn = [], processorOff = [];
        for (int round = 0; round <= rounds; round++)
            // In turn who goes first.
            foreach (bool traced in round % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                TimeSpan used = Environment.CpuUsage.TotalTime;
                double speed = await RoundAsync(server, plan, traced, seed: round * 1000);
                if (round == 0)
                    continue;
                (traced ? on : off).Add(speed);
                (traced ? processorOn : processorOff).Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds / (Requests * Candidates * Tokens) * 1000);
            }
        double[] ratios = [.. on.Zip(off, (a, b) => a / b).Order()];
        var state = server.App.Services.GetRequiredService<ISharedState>();
        string[] keys = [.. await state.KeysAsync(Tenant.Default.Prefix("trace"))];
        long characters = (await state.GetManyAsync(keys)).Sum(value => (long)value!.Length);
        Console.WriteLine($"Shape {shape.Name}, fp32, {Environment.ProcessorCount} processors, spinning {(spin ? "on" : "off")}; {Requests} requests, {AtOnce} at once, best_of_n with {Candidates} candidates of {Tokens} tokens; {rounds} rounds of each in turn, and one that warms up. The last traces of a round are written after its time, and within its processor time.");
        Console.WriteLine();
        Console.WriteLine("| traces on, tokens/s | traces off, tokens/s | ratio of medians | ratios of rounds, least to most | traces on, CPU ms/1000 tokens | traces off | ratio | characters a token in state |");
        Console.WriteLine("| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |");
        double a = Interleaved.Median(on), b = Interleaved.Median(off), c = Interleaved.Median(processorOn), d = Interleaved.Median(processorOff);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {a:F0} | {b:F0} | {a / b:P1} | {string.Join(", ", ratios.Select(ratio => ratio.ToString("P0", CultureInfo.InvariantCulture)))} | {c:F0} | {d:F0} | {c / d:P1} | {characters / (double)(keys.Length * Candidates * Tokens):F1} |"));

        async Task<double> RoundAsync(BenchmarkServer server, JsonElement plan, bool traced, int seed)
        {
            int next = 0;
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
            {
                while (Interlocked.Increment(ref next) is var number && number <= Requests)
                    await server.RunAsync(new CompletionRequest
                    {
                        Prompt = new TextBatch([new(null, ModelShape.Prompt(PromptTokens, seed + number + (traced ? 500 : 0)))], false),
                        Temperature = 0.8,
                        Seed = seed + number,
                        IgnoreEos = true,
                        Strategies = plan,
                        Trace = traced,
                    }, Tokens);
            }));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            // What is not written yet is no burden of the next round.
            while (metrics.Waiting() > 0)
                await Task.Delay(1);
            return Requests * Candidates * Tokens / seconds;
        }
    }
}
