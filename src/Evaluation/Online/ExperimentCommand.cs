using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Evaluation.Online;

/// <summary>Runs an experiment on a server until it says something.</summary>
internal static class ExperimentCommand
{
    private const int ProblemSeed = 57;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // What validation problems chose for the bundled model (docs/results.md), with half as many candidates.
    private static readonly string[] DefaultArms =
    [
        "plain=[]",
        """best_of_8=[{"name":"best_of_n","n":8}]""",
        """early_rejection=[{"name":"early_rejection","n":8,"tau":8,"keep":2}]""",
    ];

    /// <param name="command">The command line as it is written into the page, without keys.</param>
    public static Command Create(string command)
    {
        var url = new Option<string>("--url") { Description = "The server.", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var apiKey = new Option<string?>("--api-key") { Description = "Sent to the server as a bearer token." };
        var name = new Option<string>("--name") { Description = "The experiment's name; one that was interrupted goes on.", DefaultValueFactory = _ => "plain-vs-best-of-8-vs-early-rejection" };
        var arm = new Option<string[]>("--arm") { Description = "NAME=PLAN, such as 'bo8=[{\"name\":\"best_of_n\",\"n\":8}]'; the first is what the others are compared with. Default: plain, best of 8, early rejection of 8.", DefaultValueFactory = _ => DefaultArms };
        var problems = new Option<string?>("--problems") { Description = "JSON lines, a JSON array or CSV with question and answer; without it problems are generated from held-out templates." };
        var most = new Option<int>("--at-most", "-n") { Description = "Problems at most.", DefaultValueFactory = _ => 6000 };
        var step = new Option<int>("--step") { Description = "Problems between two looks.", DefaultValueFactory = _ => 50 };
        var temperature = new Option<double>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 0.8 };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Tokens of one candidate at most.", DefaultValueFactory = _ => 256 };
        var parallel = new Option<int>("--parallel") { Description = "Problems asked side by side.", DefaultValueFactory = _ => 4 };
        var output = new Option<string[]>("--output") { Description = "Page to write, .md, or what the server said, .json; may be given twice." };
        var run = new Command("experiment", "Run an A/B test on a server over HTTP until its verdict.") { url, apiKey, name, arm, problems, most, step, temperature, maxTokens, parallel, output };
        run.SetAction(async (result, token) =>
        {
            try
            {
                int count = result.GetValue(most);
                string? file = result.GetValue(problems);
                var experiment = new OnlineExperiment
                {
                    Name = result.GetRequiredValue(name),
                    Arms = [.. result.GetRequiredValue(arm).Select(Parse)],
                    Temperature = result.GetValue(temperature),
                    MaxTokens = result.GetValue(maxTokens),
                    Parallel = Math.Max(1, result.GetValue(parallel)),
                    Step = Math.Max(1, result.GetValue(step)),
                };
                using var client = new ExperimentClient(result.GetRequiredValue(url), result.GetValue(apiKey), TimeProvider.System);
                OnlineResult found = await experiment.RunAsync(client, file is null ? Problem.Generate(ProblemSeed, count) : ProblemFile.Load(file, count), report => Console.WriteLine(OnlineExperiment.Line(report)), token);
                foreach (string path in result.GetValue(output) ?? [])
                    await File.WriteAllTextAsync(path, path.EndsWith(".json", StringComparison.Ordinal)
                        ? new JsonObject { ["report"] = found.Report.DeepClone(), ["history"] = found.History.DeepClone() }.ToJsonString(Indented) + "\n"
                        : OnlinePage.Write(experiment, found, command, file ?? $"generated from held-out templates with the seed {ProblemSeed}", DateTimeOffset.UtcNow), token);
                return 0;
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync("Stopped. The same command goes on from here.");
                return 130;
            }
            catch (Exception e) when (e is EvaluationException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });
        return run;
    }

    /// <exception cref="EvaluationException">Not NAME=PLAN.</exception>
    private static OnlineArm Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
            throw new EvaluationException($"--arm {text}: expected NAME=PLAN, such as bo8=[{{\"name\":\"best_of_n\",\"n\":8}}].");
        try
        {
            using JsonDocument plan = JsonDocument.Parse(text[(equals + 1)..]);
            return new(text[..equals], plan.RootElement.GetRawText());
        }
        catch (JsonException e)
        {
            throw new EvaluationException($"--arm {text}: the plan is no JSON: {e.Message}", e);
        }
    }
}
