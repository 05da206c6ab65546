using System.Diagnostics;
using InferenceServer.Workloads;

namespace InferenceServer.Peers.Ragged;

/// <param name="Arrival">Seconds after the load begins.</param>
internal sealed record RaggedRequest(double Arrival, int[] Prompt, int Tokens);

/// <param name="Seconds">From the first arrival's clock to the last token.</param>
/// <param name="MeanLatency">Of a request, from its arrival to its last token.</param>
internal readonly record struct RaggedResult(double Seconds, double MeanLatency);

/// <summary>64 requests with prompts of 32-512 tokens and outputs of 16-256, arriving over two seconds. A request's length is not known to the server before it ends.</summary>
internal static class RaggedLoad
{
    public const int Capacity = 512 + 256 + 2;

    public static RaggedRequest[] Requests(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 64)
            .Select(i => new RaggedRequest(2 * random.NextDouble(), ModelShape.Prompt(random.Next(32, 513), seed: 1000 * seed + i), random.Next(16, 257)))
            .OrderBy(r => r.Arrival)];
    }

    /// <summary>Runs every way in turn and prints tokens a second over the whole load.</summary>
    public static void Run(IReadOnlyList<(string Name, Func<RaggedRequest[], RaggedResult> Run)> ways, int repetitions)
    {
        var seen = ways.ToDictionary(w => w.Name, _ => new List<(double Speed, double Latency)>());
        for (int repetition = 0; repetition <= repetitions; repetition++)
            foreach (var (name, run) in ways)
            {
                var requests = Requests(seed: repetition + 1);
                var result = run(requests);
                if (repetition > 0 || repetitions == 0)
                    seen[name].Add((requests.Sum(r => r.Tokens) / result.Seconds, result.MeanLatency));
            }
        Console.WriteLine("| way | tokens a second, best | median | mean latency, s |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach (var (name, results) in seen)
            Console.WriteLine($"| {name} | {results.Max(r => r.Speed):F0} | {Interleaved.Median(results.Select(r => r.Speed)):F0} | {Interleaved.Median(results.Select(r => r.Latency)):F2} |");
    }

    public static double Now(long start) => Stopwatch.GetElapsedTime(start).TotalSeconds;
}
