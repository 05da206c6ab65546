using System.CommandLine;
using System.Text.Json;
using InferenceServer.Engine;
using InferenceServer.Evaluation;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;
using Spectre.Console;

var model = new Option<string>("--model") { Description = "Model folder.", DefaultValueFactory = _ => "models/reasoner" };
var problems = new Option<string?>("--problems") { Description = "JSON lines with question and answer; without it problems are generated." };
var problemSeed = new Option<int>("--problem-seed") { Description = "Seed of generated problems.", DefaultValueFactory = _ => 2 };
var count = new Option<int>("--count", "-n") { Description = "How many problems, from the first.", DefaultValueFactory = _ => 200 };
var strategy = new Option<string[]>("--strategy")
{
    Description = "A plan as in a request, '[{\"name\":\"best_of_n\",\"n\":8}]'. Several are compared with the first; none is plain sampling.",
};
var temperature = new Option<double>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 0.8 };
var topP = new Option<double>("--top-p") { Description = "Keep the smallest set of tokens with this probability.", DefaultValueFactory = _ => 1 };
var samples = new Option<int>("--samples") { Description = "Independent answers to each problem; more than one gives pass@k.", DefaultValueFactory = _ => 1 };
var maxTokens = new Option<int>("--max-tokens") { Description = "Tokens of one completion at most.", DefaultValueFactory = _ => 256 };
var seed = new Option<int>("--seed") { Description = "Seed of the sampling.", DefaultValueFactory = _ => 1 };
var threads = new Option<int>("--threads") { Description = "Threads of the engine; 0 takes every processor." };
var journal = new Option<string?>("--journal") { Description = "File that keeps finished problems: the same command goes on from it after an interruption." };
var output = new Option<string[]>("--output") { Description = "Report to write, .md or .json; may be given twice." };
var run = new Command("run", "Measure one or several strategy plans.")
{
    model, problems, problemSeed, count, strategy, temperature, topP, samples, maxTokens, seed, threads, journal, output,
};
run.SetAction((result, token) => MeasureAsync(() =>
{
    string[] plans = result.GetValue(strategy) is { Length: > 0 } given ? given : ["[]"];
    return new EvaluationRecipe
    {
        Model = result.GetRequiredValue(model),
        Problems = result.GetValue(problems),
        ProblemSeed = result.GetValue(problemSeed),
        Count = result.GetValue(count),
        MaxTokens = result.GetValue(maxTokens),
        Seed = result.GetValue(seed),
        Threads = result.GetValue(threads),
        Journal = result.GetValue(journal),
        Outputs = result.GetValue(output) ?? [],
        Plans = [.. plans.Select(plan => new EvaluationPlan
        {
            Name = NameOf(ParsePlan(plan)),
            Strategies = ParsePlan(plan),
            Temperature = result.GetValue(temperature),
            TopP = result.GetValue(topP),
            Samples = result.GetValue(samples),
        })],
    };
}, token));

var recipeFile = new Argument<string>("file") { Description = "The recipe, for instance recipes/results.json." };
var recipe = new Command("recipe", "Carry out an evaluation recipe and write its reports.") { recipeFile };
recipe.SetAction((result, token) => MeasureAsync(() => EvaluationRecipe.Load(result.GetRequiredValue(recipeFile)), token));

return await new RootCommand("Measures strategy plans on problems with known answers.") { run, recipe }.Parse(args).InvokeAsync();

async Task<int> MeasureAsync(Func<EvaluationRecipe> read, CancellationToken token)
{
    try
    {
        EvaluationRecipe what = read();
        string command = "dotnet run -c Release --project src/Evaluation -- "
            + string.Join(' ', args.Select(arg => arg.AsSpan().ContainsAny(" \"[*") ? $"'{arg}'" : arg));
        // A pipe or a file has no width to keep to.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        EvaluationReport report = await EvaluationRun.RunAsync(what, command, AnsiConsole.Console, TimeProvider.System, token);
        ConsoleReport.Write(AnsiConsole.Console, report);
        report.Save(what.Outputs);
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped. With a journal the same command goes on from here.");
        return 130;
    }
    catch (Exception e) when (e is EvaluationException or StrategyPlanException or ModelFormatException or ChatTemplateException or EngineException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

static JsonElement ParsePlan(string plan)
{
    try
    {
        return JsonDocument.Parse(plan).RootElement;
    }
    catch (JsonException e)
    {
        throw new EvaluationException($"--strategy {plan}: this is no JSON: {e.Message}", e);
    }
}

// "self_consistency n=5 > best_of_n n=4", outermost first. What is no plan is refused later, with its path.
static string NameOf(JsonElement plan)
{
    if (plan.ValueKind != JsonValueKind.Array)
        return plan.GetRawText();
    return plan.GetArrayLength() == 0 ? "plain" : string.Join(" > ", plan.EnumerateArray().Select(strategy => strategy.ValueKind != JsonValueKind.Object
        ? strategy.GetRawText()
        : string.Join(' ', strategy.EnumerateObject().Select(field => field.Name == "name" ? $"{field.Value}" : $"{field.Name}={field.Value}"))));
}
