using System.CommandLine;
using System.Text.Json;
using InferenceServer.Engine;
using InferenceServer.Evaluation;
using InferenceServer.Evaluation.Online;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;
using InferenceServer.Trainer.Evaluating;
using Spectre.Console;

var model = new Option<string?>("--model") { Description = "Model folder (models/reasoner unless given), or with --url the name of the server's model." };
var url = new Option<string?>("--url") { Description = "Measure a server that speaks OpenAI's API instead, http://127.0.0.1:8080 for instance." };
var apiKey = new Option<string?>("--api-key") { Description = "Sent to the server as a bearer token." };
var rewardModel = new Option<string?>("--reward-model") { Description = "Folder of a separate reward model, called reward in plans." };
var handbook = new Option<string?>("--handbook") { Description = "File with a handbook, named like the file in plans; without it the handbook task holds the task's own hints." };
var problems = new Option<string?>("--problems") { Description = "JSON lines, a JSON array or CSV with question and answer; without it problems are generated." };
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
    model, url, apiKey, rewardModel, handbook, problems, problemSeed, count, strategy, temperature, topP, samples, maxTokens, seed, threads, journal, output,
};
run.SetAction((result, token) => MeasureAsync(result.GetValue(apiKey), () =>
{
    string[] plans = result.GetValue(strategy) is { Length: > 0 } given ? given : ["[]"];
    return new EvaluationRecipe
    {
        Model = result.GetValue(model) ?? (result.GetValue(url) is null ? "models/reasoner" : ""),
        Url = result.GetValue(url),
        RewardModel = result.GetValue(rewardModel),
        Handbook = result.GetValue(handbook),
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
var only = new Option<string[]>("--claim") { Description = "Measure only this claim of the recipe and write nothing; may be given twice." };
var most = new Option<int?>("--at-most") { Description = "Problems of each claim at most, for a first look; nothing is written." };
var recipe = new Command("recipe", "Carry out an evaluation recipe and write its reports.") { recipeFile, model, url, apiKey, rewardModel, only, most };
recipe.SetAction((result, token) => MeasureAsync(result.GetValue(apiKey), () =>
{
    EvaluationRecipe read = EvaluationRecipe.Load(result.GetRequiredValue(recipeFile));
    read = read with { Url = result.GetValue(url) ?? read.Url, RewardModel = result.GetValue(rewardModel) ?? read.RewardModel };
    if (result.GetValue(model) is { } other)
        read = read with { Model = other };
    return result.GetValue(only) is { Length: > 0 } names || result.GetValue(most) is not null ? read.FirstLook(result.GetValue(only) ?? [], result.GetValue(most)) : read;
}, token));

return await new RootCommand("Measures strategy plans on problems with known answers.") { run, recipe, HandbookCommand.Create(), ExperimentCommand.Create(CommandLine()) }.Parse(args).InvokeAsync();

async Task<int> MeasureAsync(string? key, Func<EvaluationRecipe> read, CancellationToken token)
{
    try
    {
        EvaluationRecipe what = read();
        string command = CommandLine();
        // A pipe or a file has no width to keep to.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        EvaluationReport report = await EvaluationRun.RunAsync(what, command, AnsiConsole.Console, TimeProvider.System, key, token);
        ConsoleReport.Write(AnsiConsole.Console, report);
        report.Save(what.Outputs, what.Figures, what.Readme);
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped. With a journal the same command goes on from here.");
        return 130;
    }
    catch (Exception e) when (e is EvaluationException or PageBlockException or StrategyPlanException or ModelFormatException or ChatTemplateException or EngineException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

string CommandLine() => "dotnet run -c Release --project src/Evaluation -- "
    + string.Join(' ', WithoutKey(args).Select(arg => arg.AsSpan().ContainsAny(" \"[*") ? $"'{arg}'" : arg));

// Reports are published; keys are not.
static IEnumerable<string> WithoutKey(string[] args) => args.Select((arg, i) =>
    i > 0 && args[i - 1] == "--api-key" ? "..." : arg.StartsWith("--api-key=", StringComparison.Ordinal) ? "--api-key=..." : arg);

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
