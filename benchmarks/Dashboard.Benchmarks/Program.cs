using System.CommandLine;
using InferenceServer.Dashboard.Benchmarks;

// How soon the dashboard is there. Markdown on standard output.
var repetitions = new Option<int>("--repetitions") { Description = "Page loads of each kind; one more warms up", DefaultValueFactory = _ => 20 };
var browser = new Option<string>("--browser") { Description = "The browser's program", DefaultValueFactory = _ => "/usr/bin/chromium" };
var paint = new Command("first-paint", "Time to the first contentful paint over loopback, with an empty cache and with a filled one.") { repetitions, browser };
paint.SetAction((parsed, _) => FirstPaint.RunAsync(parsed.GetValue(browser)!, parsed.GetValue(repetitions)));
return await new RootCommand("Benchmarks of the dashboard.") { paint }.Parse(args).InvokeAsync();
