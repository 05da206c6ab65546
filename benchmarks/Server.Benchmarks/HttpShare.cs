using System.Diagnostics;
using System.Globalization;
using InferenceServer.Engine;
using InferenceServer.Modeling;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Requests;
using InferenceServer.Server.State;
using InferenceServer.Workloads;

namespace InferenceServer.Server.Benchmarks;

/// <summary>
/// The same requests at three heights: read from the engine's handles, run through the strategy pipeline, and streamed over HTTP to a client in another process on
/// the same machine.
/// </summary>
public static class HttpShare
{
    private const int PromptTokens = 64;

    public static async Task RunAsync(ModelShape shape, int[] rows, int tokens, int repetitions, bool spin)
    {
        string folder = Directory.CreateTempSubdirectory("server-benchmarks-").FullName;
        try
        {
            shape.Config.Save(Path.Combine(folder, ModelFolder.ConfigFile));
            PairTokenizer.Write(Path.Combine(folder, "tokenizer.json"), shape.Config.VocabSize);
            SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(shape.Config), ModelShape.Weights);
            await using WebApplication app = Program.Build(new Dictionary<string, string?>
            {
                ["Server:Model"] = folder,
                ["Server:Urls"] = "http://127.0.0.1:0",
                ["Server:Spin"] = spin.ToString(),
                ["Server:Context"] = "512",
                ["Server:Slots"] = rows.Max().ToString(CultureInfo.InvariantCulture),
            });
            await app.StartAsync();
            Console.WriteLine($"Shape {shape.Name}, fp32, {Environment.ProcessorCount} processors, spinning {(spin ? "on" : "off")}; {PromptTokens} prompt tokens, {tokens} sampled, temperature 0.8, top-p 0.95; median of {repetitions} runs in turn.");
            Console.WriteLine();
            Console.WriteLine("| requests at once | engine, tokens/s | strategies, tokens/s | HTTP streams, tokens/s | strategies' share | HTTP's share | engine, CPU ms/1000 tokens | strategies | HTTP streams | HTTP's share of CPU | the client's own, CPU ms/1000 tokens |");
            Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            foreach (int count in rows)
                await CompareAsync(app, count, tokens, repetitions);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(WebApplication app, int rows, int tokens, int repetitions)
    {
        var model = app.Services.GetRequiredService<ServedModel>();
        var jobs = app.Services.GetRequiredService<JobFactory>();
        var generation = app.Services.GetRequiredService<GenerationService>();
        using var client = new StreamClient(app.Urls.First());
        Func<int[][], Task>[] cells =
        [
            prompts => Task.WhenAll(prompts.Select(async (prompt, row) =>
            {
                await using SequenceHandle handle = model.Engine.Start(prompt, new SequenceOptions { Sampling = EngineLoop.Sampling with { Seed = (ulong)row } });
                await EngineLoop.ReadAsync(handle, tokens);
            })),
            prompts => Task.WhenAll(prompts.Select((prompt, row) =>
            {
                var fields = new CompletionRequest { Prompt = new TextBatch([new(null, prompt)], false), Temperature = 0.8, TopP = 0.95, Seed = row, IgnoreEos = true };
                return generation.RunAsync(jobs.Create(new DefaultHttpContext(), new RequestIdentity(Tenant.Default, "/v1/completions", $"cmpl-{row}", DateTimeOffset.UtcNow), fields, [new(prompt, "prompt")], 1, tokens, "max_tokens", 0), Keep.None, null, CancellationToken.None);
            })),
            prompts => client.StreamAsync(prompts.Select((prompt, row) => string.Create(CultureInfo.InvariantCulture,
                $$"""{"prompt":[{{string.Join(',', prompt)}}],"max_tokens":{{tokens}},"temperature":0.8,"top_p":0.95,"seed":{{row}},"ignore_eos":true,"stream":true}"""))),
        ];
        var seconds = cells.Select(_ => new List<double>()).ToArray();
        // Processor time says the same on a machine that does other things too.
        var processor = cells.Select(_ => new List<double>()).ToArray();
        var outside = new List<double>();
        for (int repetition = 0; repetition <= repetitions; repetition++)
            for (int cell = 0; cell < cells.Length; cell++)
            {
                // Prompts differ, so that no cell finds those of another in the prefix cache.
                int[][] prompts = [.. Enumerable.Range(0, rows).Select(row => ModelShape.Prompt(PromptTokens, seed: (repetition * cells.Length + cell) * rows + row))];
                TimeSpan used = Environment.CpuUsage.TotalTime, usedByClient = client.ProcessorTime;
                long start = Stopwatch.GetTimestamp();
                await cells[cell](prompts);
                if (repetition == 0)
                    continue;
                seconds[cell].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                processor[cell].Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds / (rows * tokens) * 1000);
                if (cell == cells.Length - 1)
                    outside.Add((client.ProcessorTime - usedByClient).TotalMilliseconds / (rows * tokens) * 1000);
            }
        double[] wall = [.. seconds.Select(Interleaved.Median)], cpu = [.. processor.Select(Interleaved.Median)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {rows} | {rows * tokens / wall[0]:F0} | {rows * tokens / wall[1]:F0} | {rows * tokens / wall[2]:F0} | {1 - wall[0] / wall[1]:P1} | {1 - wall[1] / wall[2]:P1} "
            + $"| {cpu[0]:F0} | {cpu[1]:F0} | {cpu[2]:F0} | {1 - cpu[1] / cpu[2]:P1} | {Interleaved.Median(outside):F0} |"));
    }
}
