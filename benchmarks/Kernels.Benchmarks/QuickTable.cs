using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Kernels.Benchmarks;

/// <summary>The same measurements with a stopwatch: the best of a few repetitions each, as Markdown. For a quick look, and for a machine that is shared.</summary>
public static class QuickTable
{
    public static void Print(TextWriter output)
    {
        output.WriteLine($"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, kernels {KernelVariants.Selected}. Microseconds a row, one thread, best of several repetitions.");
        output.WriteLine();
        Kernels(output);
        output.WriteLine();
        Sampler(output);
    }

    private static void Kernels(TextWriter output)
    {
        (string Name, Action<KernelBenchmarks> Run)[] kernels =
        [
            ("arg-max", b => b.ArgMaxOf()),
            ("log-softmax and entropy", b => b.LogSoftmaxAndEntropy()),
            ("temperature weights", b => b.TemperatureWeights()),
            ("top-k 40, search", b => b.TopKFind()),
            ("top-p 0.95, search", b => b.TopPFind()),
            ("truncate", b => b.TruncateApply()),
            ("top 20 tokens", b => b.TopTokensSelect()),
            ("draw", b => b.CategoricalDraw()),
        ];
        Header(output, "kernel, flat row", BenchmarkRows.Vocabularies.SelectMany(v => KernelVariants.Supported.Select(variant => $"{v:N0} {variant}")));
        foreach (var (name, run) in kernels)
        {
            var cells = new List<string>();
            foreach (int v in BenchmarkRows.Vocabularies)
                foreach (var variant in KernelVariants.Supported)
                {
                    var benchmarks = new KernelBenchmarks { V = v, Variant = variant };
                    benchmarks.Setup();
                    cells.Add(Microseconds(() => run(benchmarks)));
                }
            output.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }
    }

    private static void Sampler(TextWriter output)
    {
        Header(output, "whole row", BenchmarkRows.Options.Select(o => o.Name));
        foreach (int v in BenchmarkRows.Vocabularies)
            foreach (bool peaked in new[] { true, false })
            {
                var sampler = new TokenSampler(v);
                var row = peaked ? BenchmarkRows.Peaked(v) : BenchmarkRows.Flat(v);
                int position = 0;
                string kind = peaked ? "peaked" : "flat";
                output.WriteLine($"| {v:N0} {kind} | {string.Join(" | ", BenchmarkRows.Options.Select(o => Microseconds(() => sampler.Sample(row, o.Options, [], 0, 1, position++, 0))))} |");
                output.WriteLine($"| {v:N0} {kind}, LINQ | {string.Join(" | ", BenchmarkRows.Options.Select(o => Microseconds(() => LinqSampler.Draw(row, o.Options, Philox.Uniform(1, position++)))))} |");
            }
    }

    private static void Header(TextWriter output, string first, IEnumerable<string> columns)
    {
        output.WriteLine($"| {first} | {string.Join(" | ", columns)} |");
        output.WriteLine($"| --- |{string.Concat(columns.Select(_ => " ---: |"))}");
    }

    /// <summary>The best of many short repetitions, so that a neighbour's time slice spoils few of them. The first round brings the JIT to its last tier.</summary>
    private static string Microseconds(Action action)
    {
        double best = double.MaxValue;
        for (int repetition = 0; repetition < 120; repetition++)
        {
            int calls = 0;
            long start = Stopwatch.GetTimestamp();
            do
            {
                action();
                calls++;
            }
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < 1000);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls);
            if (repetition == 40)
                Thread.Sleep(120);      // the JIT's background thread starts when nothing new was called for a tenth of a second
        }
        return best.ToString(best < 10 ? "0.00" : best < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
    }
}
