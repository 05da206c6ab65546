using System.CommandLine;
using InferenceServer.Server.Benchmarks;
using InferenceServer.Workloads;

// What the layers above the engine cost. Markdown on standard output.
var shape = new Option<string>("--shape") { Description = "S (5.5M weights) or M (100M)", DefaultValueFactory = _ => "S" };
var rows = new Option<int[]>("--rows") { Description = "Requests at once", DefaultValueFactory = _ => [1, 16], AllowMultipleArgumentsPerToken = true };
var tokens = new Option<int>("--tokens") { Description = "Tokens of each answer", DefaultValueFactory = _ => 128 };
var repetitions = new Option<int>("--repetitions") { Description = "Runs of each cell, in turn with the others; one more warms up", DefaultValueFactory = _ => 7 };
var spin = new Option<bool>("--spin") { Description = "Whether ONNX Runtime's threads spin between their pieces of work; without it processor time is work alone" };

var share = new Command("http-share", "The same load on the engine's handles, through the strategy layer, and as streams over HTTP.") { shape, rows, tokens, repetitions, spin };
share.SetAction((parsed, _) => HttpShare.RunAsync(ModelShape.Named(parsed.GetValue(shape)!), parsed.GetValue(rows)!, parsed.GetValue(tokens), parsed.GetValue(repetitions), parsed.GetValue(spin)));
var rounds = new Option<int>("--rounds") { Description = "Rounds of each kind, in turn; one more warms up", DefaultValueFactory = _ => 6 };
var traces = new Command("traces", "The same load with and without traces.") { shape, rounds, spin };
traces.SetAction((parsed, _) => TracesCost.RunAsync(ModelShape.Named(parsed.GetValue(shape)!), parsed.GetValue(rounds), parsed.GetValue(spin)));
var shadow = new Command("shadow", "How long users wait with and without shadow plans.") { shape, rounds, spin };
shadow.SetAction((parsed, _) => ShadowDelay.RunAsync(ModelShape.Named(parsed.GetValue(shape)!), parsed.GetValue(rounds), parsed.GetValue(spin)));
var callers = new Option<int>("--callers") { Description = "Callers at once, beside one alone", DefaultValueFactory = _ => 64 };
var state = new Command("state", "Operations a second on shared state.") { callers };
state.SetAction((parsed, _) => StateSpeed.RunAsync(parsed.GetValue(callers)));
var exposures = new Option<int[]>("--exposures") { Description = "Sizes of experiments", DefaultValueFactory = _ => [2_000, 20_000], AllowMultipleArgumentsPerToken = true };
var report = new Command("report", "What a report of an experiment costs, made anew and unchanged.") { exposures };
report.SetAction((parsed, _) => ReportCost.RunAsync(parsed.GetValue(exposures)!));
var address = new Argument<string>("address");
var client = new Command("client", "The client of http-share, which starts it.") { address };
client.SetAction((parsed, _) => StreamClient.ServeAsync(parsed.GetValue(address)!));
return await new RootCommand("Benchmarks of the server.") { share, traces, shadow, state, report, client }.Parse(args).InvokeAsync();
