using System.CommandLine;
using InferenceServer.Engine.Benchmarks;
using InferenceServer.Modeling;
using InferenceServer.Workloads;

// The engine against the bare loop over the same graph. Markdown on standard output.
var shapes = Many("--shapes", "S (5.5M weights), M (100M)", "S", "M");
var formats = Many("--formats", "fp32, int8, int4", "fp32", "int8");
var rows = new Option<int[]>("--rows") { Description = "Rows of a step", DefaultValueFactory = _ => [1, 16, 64], AllowMultipleArgumentsPerToken = true };
var contexts = new Option<int[]>("--contexts") { Description = "Tokens before the first timed one", DefaultValueFactory = _ => [64, 256], AllowMultipleArgumentsPerToken = true };
var spins = Many("--spin", "off, on: whether ONNX Runtime's idle threads spin", "off", "on");
var threads = new Option<int>("--threads") { Description = "Threads of the matrix products", DefaultValueFactory = _ => Environment.ProcessorCount };
var tokens = new Option<int>("--tokens") { Description = "Timed tokens of a row", DefaultValueFactory = _ => 64 };
var repetitions = new Option<int>("--repetitions") { Description = "Runs of each cell, in turn with the others; one more warms up", DefaultValueFactory = _ => 5 };

var root = new RootCommand("Benchmarks of the engine beside a bare loop over the same graph.");
root.Add(Command("throughput", "Tokens a second of decoding rows, with sampling and delivery.", settings => Throughput.Run(settings)));
root.Add(Command("best-of", "16 candidates of a 256-token prompt, from the prompt's start to the last token.", settings => BestOf.Run(settings)));
root.Add(Command("first-token", "Steps and time to the first token of a prompt that is in the prefix cache.", settings => FirstToken.Run(settings)));
root.Add(Command("concurrent", "1,000 small requests at once: nothing lost, memory flat.", settings => Concurrent.Run(settings)));
root.Add(Command("sampling-share", "What sampling costs of a step, on the logits of the model itself.", settings => SamplingShare.Run(settings)));
root.Add(Command("spinning", "Threads that spin for work against threads that sleep, while other work keeps 0, 1, ... processors busy.", settings => Spinning.Run(settings)));
return root.Parse(args).Invoke();

Command Command(string name, string description, Action<Settings> run)
{
    var command = new Command(name, description) { shapes, formats, rows, contexts, spins, threads, tokens, repetitions };
    command.SetAction(parsed => run(new Settings(
        [.. parsed.GetValue(shapes)!.Select(ModelShape.Named)],
        [.. parsed.GetValue(formats)!.Select(f => Enum.Parse<WeightFormat>(f, ignoreCase: true))],
        parsed.GetValue(rows)!, parsed.GetValue(contexts)!, [.. parsed.GetValue(spins)!.Select(s => s == "on")],
        parsed.GetValue(threads), parsed.GetValue(tokens), parsed.GetValue(repetitions))));
    return command;
}

static Option<string[]> Many(string name, string description, params string[] defaults) =>
    new(name) { Description = description, DefaultValueFactory = _ => defaults, AllowMultipleArgumentsPerToken = true };
