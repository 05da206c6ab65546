using System.CommandLine;
using InferenceServer.Peers;
using InferenceServer.Peers.Cells;
using InferenceServer.Peers.Ragged;
using InferenceServer.Workloads;
using LLama.Native;

// README.md names the cells. Markdown on standard output.
var shape = new Option<string>("--shape") { Description = "S or M", DefaultValueFactory = _ => "S" };
var cells = new Option<string[]>("--cells") { Description = "What to run, in turn", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["bare", "engine", "genai-greedy", "genai-topp", "llama"] };
var rows = new Option<int[]>("--rows") { Description = "Rows of a step", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 16, 64] };
var prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt", DefaultValueFactory = _ => 256 };
var tokens = new Option<int>("--tokens") { Description = "Timed tokens of a row", DefaultValueFactory = _ => 64 };
var repetitions = new Option<int>("--repetitions") { Description = "Runs of each cell, in turn with the others; one more warms up", DefaultValueFactory = _ => 3 };
var threads = new Option<int>("--threads") { Description = "Threads of each side", DefaultValueFactory = _ => Environment.ProcessorCount };
var llamaAvx = new Option<AvxLevel?>("--llama-avx") { Description = "Which native build LLamaSharp loads: Avx2 or Avx512; its own choice without it" };

var decode = new Command("decode", "Decode speed at several numbers of rows.") { shape, cells, rows, prompt, tokens, repetitions, threads, llamaAvx };
decode.SetAction(parsed =>
{
    ChooseLlama(parsed.GetValue(llamaAvx));
    Decode.Run(ModelShape.Named(parsed.GetValue(shape)!), parsed.GetValue(cells)!, parsed.GetValue(rows)!, parsed.GetValue(prompt), parsed.GetValue(tokens), parsed.GetValue(repetitions), parsed.GetValue(threads));
});

var ragged = new Command("ragged", "64 requests of mixed lengths that arrive over two seconds; cells are engine, genai and llama ones, a genai one in batches of 8, 16 and 32.") { shape, cells, repetitions, threads, llamaAvx };
ragged.SetAction(parsed =>
{
    ChooseLlama(parsed.GetValue(llamaAvx));
    var factory = new CellFactory(ModelShape.Named(parsed.GetValue(shape)!), maxRows: 64, RaggedLoad.Capacity, parsed.GetValue(threads));
    var ways = new List<(string, Func<RaggedRequest[], RaggedResult>)>();
    foreach (string name in parsed.GetValue(cells)!)
        switch (factory.Create(name))
        {
            case EngineLoop engine: ways.Add((name, requests => RaggedEngine.Run(engine.Engine, requests))); break;
            case LlamaCell llama: ways.Add((name, requests => RaggedLlama.Run(llama, requests))); break;
            case GenAiCell genai: ways.AddRange(new[] { 8, 16, 32 }.Select(batch => ($"{name}, batches of {batch}", (Func<RaggedRequest[], RaggedResult>)(requests => RaggedGenAi.Run(genai, requests, batch))))); break;
            case var other: other.Dispose(); break;       // the bare loop has no ragged rows
        }
    RaggedLoad.Run(ways, parsed.GetValue(repetitions));
});

return new RootCommand("The engine beside what a user would pick instead.") { decode, ragged }.Parse(args).Invoke();

static void ChooseLlama(AvxLevel? level)
{
    if (level is { } chosen)
        NativeLibraryConfig.All.WithAvx(chosen);
    NativeLibraryConfig.All.WithLogCallback((_, _) => { });
}
