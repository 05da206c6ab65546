using InferenceServer.Workloads;

namespace InferenceServer.Engine.Benchmarks;

/// <summary>What spinning threads of ONNX Runtime are worth while 0, 1, ... processors are kept busy by somebody else: the reason for the default of --spin.</summary>
public static class Spinning
{
    public static void Run(Settings settings)
    {
        Console.WriteLine($"{settings.Environment} {settings.Tokens} tokens a row, tokens a second of the engine, median; a busy processor is a thread that never waits.");
        Console.WriteLine();
        Console.WriteLine("| shape | weights | context | rows | busy processors | spinning | not spinning | spinning / not |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (shape, format) in from shape in settings.Shapes from format in settings.Formats select (shape, format))
        {
            using var on = settings.Engine(shape, format, spin: true, settings.Rows.Max(), settings.Capacity);
            using var off = settings.Engine(shape, format, spin: false, settings.Rows.Max(), settings.Capacity);
            foreach (int context in settings.Contexts)
                foreach (int rows in settings.Rows)
                    for (int busy = 0; busy <= Environment.ProcessorCount; busy++)
                    {
                        using var others = new BusyThreads(busy);
                        var timings = Interleaved.Run([("on", on), ("off", off)], rows, context, settings.Tokens, settings.Repetitions, Console.Error);
                        double spinning = Interleaved.MedianSpeed(timings["on"]), waiting = Interleaved.MedianSpeed(timings["off"]);
                        Console.WriteLine($"| {shape.Name} | {format} | {context} | {rows} | {busy} | {spinning:F0} | {waiting:F0} | {spinning / waiting:F2} |");
                    }
        }
    }

    /// <summary>Threads that compute until they are disposed of.</summary>
    private sealed class BusyThreads : IDisposable
    {
        private readonly Thread[] _threads;
        private volatile bool _ended;

        public BusyThreads(int count)
        {
            _threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() => { while (!_ended) { } }) { IsBackground = true })];
            foreach (Thread thread in _threads)
                thread.Start();
        }

        public void Dispose()
        {
            _ended = true;
            foreach (Thread thread in _threads)
                thread.Join();
        }
    }
}
