using InferenceServer.Peers.Cells;
using InferenceServer.Workloads;

namespace InferenceServer.Peers;

/// <summary>Decode speed of every cell at each number of rows, in turn in one process.</summary>
internal static class Decode
{
    public static void Run(ModelShape shape, string[] names, int[] rows, int promptTokens, int newTokens, int repetitions, int threads)
    {
        var factory = new CellFactory(shape, rows.Max(), promptTokens + newTokens + 2, threads);
        var cells = names.Select(name => (name, factory.Create(name))).ToList();
        Console.WriteLine($"Shape {shape.Name}, prompt {promptTokens}, {newTokens} tokens a row, {threads} threads, {repetitions} repetitions in turn. Decode tokens a second, best / median.");
        Console.WriteLine();
        Console.WriteLine("| rows | cell | best | median | cores busy |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: |");
        foreach (int count in rows)
            foreach (var (name, timings) in Interleaved.Run(cells, count, promptTokens, newTokens, repetitions, Console.Error))
                Console.WriteLine($"| {count} | {name} | {Interleaved.BestSpeed(timings):F0} | {Interleaved.MedianSpeed(timings):F0} | {Interleaved.Median(timings.Select(t => t.Cores)):F2} |");
        foreach (var (_, cell) in cells)
            cell.Dispose();
    }
}
