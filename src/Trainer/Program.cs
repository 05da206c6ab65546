using System.CommandLine;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Training;
using Spectre.Console;

const int OverlapProblems = 100_000;
var recipeFile = new Argument<string>("recipe") { Description = "The recipe, for instance recipes/reasoner.json." };
var runFolder = new Option<string?>("--run") { Description = "Folder of the run's files; runs/<name of the recipe> unless given." };
var outputFolder = new Option<string?>("--output") { Description = "The model folder to write or to measure; models/<name of the recipe> unless given." };
var weights = new Option<WeightFormat?>("--onnx") { Description = "Also write model.onnx, with weights stored as fp32, fp16, int8 or int4." };
var count = new Option<int>("--count") { Description = "How many examples to print.", DefaultValueFactory = _ => 10 };
var kind = new Option<string?>("--format") { Description = "Only examples of this format, or of countdown." };
var heldOutFolder = new Option<string>("--output") { Description = "Folder of the held-out sets.", DefaultValueFactory = _ => "recipes/held-out" };

var problems = new Option<int>("--problems") { Description = "How many training problems to compare with.", DefaultValueFactory = _ => OverlapProblems };

var root = new RootCommand("Trains, measures and exports the reasoner. A recipe holds every number; each stage leaves its result in the run's folder.")
{
    Stage("data", "Print training examples, and how long those of each format are.", [count, kind], (run, result, _) => Task.FromResult(Data(run, result.GetValue(count), result.GetValue(kind)))),
    Stage("held-out", "Write the problems that are kept for measuring.", [heldOutFolder], (run, result, _) => Task.FromResult(HeldOut(run, result.GetRequiredValue(heldOutFolder)))),
    Stage("overlap", "Measure how much of the held-out sets is in training problems.", [problems], (run, result, _) => Task.FromResult(Overlap(run, result.GetValue(problems)))),
    Stage("tokenizer", "Train the byte-pair tokenizer.", [], (run, _, _) => Task.FromResult(Tokenizer(run))),
    Stage("train", "Train the decoder on worked solutions; goes on from the run's checkpoint.", [], (run, _, token) => Task.FromResult(Train(run, token))),
    Stage("sample", "Sample solutions of fresh problems with the trained decoder.", [], (run, _, token) => SampleAsync(run, token)),
    Stage("value-head", "Label the samples' steps and train the value head on the frozen decoder; goes on from its checkpoint.", [], (run, _, token) => Task.FromResult(ValueHead(run, token))),
    Stage("export", "Write the model folder.", [outputFolder, weights], (run, result, _) => Task.FromResult(Export(run, Output(run, result), result.GetValue(weights)))),
    Stage("evaluate", "Measure a model folder on the held-out problems.", [outputFolder], (run, result, token) => EvaluateAsync(run, Output(run, result), token)),
    Stage("recipe", "All stages from nothing to a measured model folder; goes on where an earlier call stopped.", [outputFolder], async (run, result, token) =>
        Overlap(run, OverlapProblems) && Tokenizer(run) && Train(run, token) && (File.Exists(run.SamplesPath) || await SampleAsync(run, token)) && ValueHead(run, token)
        && Export(run, Output(run, result), null) && await EvaluateAsync(run, Output(run, result), token)),
};
// Ctrl-C ends the current step and writes a checkpoint; on a busy machine that takes longer than the two seconds granted by default.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });

Command Stage(string name, string description, Option[] options, Func<RecipeRun, ParseResult, CancellationToken, Task<bool>> work)
{
    var command = new Command(name, description) { recipeFile, runFolder };
    foreach (var option in options)
        command.Add(option);
    command.SetAction(async (result, token) =>
    {
        try
        {
            var recipe = Recipe.Load(result.GetRequiredValue(recipeFile));
            TorchRuntime.Start(recipe.Threads);
            var run = new RecipeRun(recipe, result.GetValue(runFolder) ?? Path.Combine("runs", recipe.Name));
            if (await Task.Run(() => work(run, result, token), CancellationToken.None))
                return 0;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: as for a stage that stops by itself.
        }
        catch (Exception e) when (e is RecipeException or CheckpointException or TrainingDivergedException or ModelFormatException or TorchUnavailableException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{name}: {e.Message}");
            return 1;
        }
        Console.Error.WriteLine($"{name}: stopped; the same command goes on from here.");
        return 130;
    });
    return command;
}

string Output(RecipeRun run, ParseResult result) => result.GetValue(outputFolder) ?? Path.Combine("models", run.Recipe.Name);

static bool Data(RecipeRun run, int count, string? kind)
{
    DataStage.Print(run, count, kind, Console.Out);
    return true;
}

static bool Overlap(RecipeRun run, int problems)
{
    var report = OverlapReport.Of(run.HeldOut, run.TrainingTask.Problems(0, problems), new CountdownTask(run.Recipe.Data.TrainingSeed, run.HeldOut.Questions).Problems(0, problems / 10));
    report.Save(run.Folder);
    Console.WriteLine(report.Markdown());
    return true;
}

static bool HeldOut(RecipeRun run, string folder)
{
    run.HeldOut.Save(folder);
    Console.WriteLine($"held-out: {folder} is written.");
    return true;
}

static bool Tokenizer(RecipeRun run)
{
    TokenizerStage.Run(run);
    return true;
}

static bool Train(RecipeRun run, CancellationToken token) =>
    TrainingProgress.Show(AnsiConsole.Console, "train", onStep => TrainStage.Run(run, onStep, token));

static async Task<bool> SampleAsync(RecipeRun run, CancellationToken token)
{
    await SampleStage.RunAsync(run, Counter("sample", run.Recipe.Rollouts.Problems), token);
    return true;
}

static bool ValueHead(RecipeRun run, CancellationToken token) =>
    TrainingProgress.Show(AnsiConsole.Console, "value head", onStep => ValueHeadStage.Run(run, onStep, token));

static bool Export(RecipeRun run, string folder, WeightFormat? format)
{
    ExportStage.Run(run, folder, format);
    Console.WriteLine($"export: {folder} is written.");
    return true;
}

static async Task<bool> EvaluateAsync(RecipeRun run, string folder, CancellationToken token)
{
    var report = await EvaluateStage.RunAsync(folder, run.HeldOut.Templates, run.Recipe.Evaluation, run.Recipe.Threads, Counter("evaluate", 2 * run.Recipe.Evaluation.Problems), token);
    report.Print(AnsiConsole.Console);
    report.Save(Path.Combine(run.Folder, "evaluation.json"));
    return true;
}

// A line every hundred problems; a bar would hide behind the engine's speed.
static Action<int> Counter(string stage, int total)
{
    int done = 0;
    return _ =>
    {
        int now = Interlocked.Increment(ref done);
        if (now % 100 == 0 || now == total)
            Console.WriteLine($"{stage}: {now} of {total} problems");
    };
}
