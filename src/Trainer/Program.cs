using System.CommandLine;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Training;
using Spectre.Console;

const int OverlapProblems = 100_000;
var recipeFile = new Argument<string>("recipe") { Description = "The recipe, for instance recipes/reasoner.json." };
var runFolder = new Option<string?>("--run") { Description = "Folder of the run's files; runs/<name of the recipe> unless given." };
var outputFolder = new Option<string?>("--output") { Description = "The model folder to write or to measure; models/<name of the recipe> unless given." };
var weights = new Option<WeightFormat?>("--onnx") { Description = "Also write model.onnx, with weights stored as fp32, fp16, int8 or int4." };
var rewardFolder = new Option<string?>("--reward-model") { Description = "The reward model's folder; <output>-prm unless given." };
var count = new Option<int>("--count") { Description = "How many examples to print.", DefaultValueFactory = _ => 10 };
var kind = new Option<string?>("--format") { Description = "Only examples of this format, or of countdown." };
var heldOutFolder = new Option<string>("--output") { Description = "Folder of the held-out sets.", DefaultValueFactory = _ => "recipes/held-out" };

var problems = new Option<int>("--problems") { Description = "How many training problems to compare with.", DefaultValueFactory = _ => OverlapProblems };
var figuresFrom = new Option<string?>("--from") { Description = "Folder with evaluation.json and training.jsonl; the run's folder unless given." };
var figuresFolder = new Option<string>("--output") { Description = "Folder of the figures.", DefaultValueFactory = _ => "docs/figures" };
var figuresSet = new Option<string>("--set") { Description = "The set of problems that they show.", DefaultValueFactory = _ => EvaluateStage.Templates };
var figuresCard = new Option<string?>("--card") { Description = "A page whose block between <!-- evaluation:begin --> and <!-- evaluation:end --> is replaced by the set's tables, for instance models/reasoner/MODEL_CARD.md." };

var effectProblems = new Option<int?>("--problems") { Description = "How many held-out problems of each set to ask; evaluation.problems of the recipe unless given." };
var effectSamples = new Option<int>("--samples") { Description = "Samples of each direct question; other ways of asking get half as many.", DefaultValueFactory = _ => 4 };
var only = new Option<string[]>("--only") { Description = $"Only these comparisons: {string.Join(", ", EffectsStage.Names)}.", AllowMultipleArgumentsPerToken = true };
var gsm8k = new Option<string?>("--gsm8k") { Description = "Also ask the problems of a file in the form of GSM8K's JSON lines." };
var mawps = new Option<string?>("--mawps") { Description = "Also ask the problems of a file in the form of SVAMP's MAWPS folds (CSV)." };
var markdown = new Option<string?>("--markdown") { Description = "File for the tables; effects.md in the run's folder unless given." };

var root = new RootCommand("Trains, measures and exports the reasoner. A recipe holds every number; each stage leaves its result in the run's folder.")
{
    Stage("data", "Print training examples, and how long those of each format are.", [count, kind], (run, result, _) => Task.FromResult(Data(run, result.GetValue(count), result.GetValue(kind)))),
    Stage("held-out", "Write the problems that are kept for measuring.", [heldOutFolder], (run, result, _) => Task.FromResult(HeldOut(run, result.GetRequiredValue(heldOutFolder)))),
    Stage("overlap", "Measure how much of the held-out sets is in training problems.", [problems], (run, result, _) => Task.FromResult(Overlap(run, result.GetValue(problems)))),
    Stage("tokenizer", "Train the byte-pair tokenizer.", [], (run, _, _) => Task.FromResult(Tokenizer(run))),
    Stage("train", "Train the decoder on worked solutions; goes on from the run's checkpoint.", [], (run, _, token) => Task.FromResult(Train(run, token))),
    Stage("sample", "Sample solutions of fresh problems with the trained decoder; goes on where an earlier call stopped.", [], (run, _, token) => SampleAsync(run, token)),
    Stage("label", "Label the samples' steps by continuing them, for recipes that ask for it; goes on where an earlier call stopped.", [], (run, _, token) => LabelAsync(run, token)),
    Stage("value-head", "Train the value head on the samples, the decoder frozen; goes on from its checkpoint.", [], (run, _, token) => Task.FromResult(ValueHead(run, token))),
    Stage("reward-model", "Train the reward model on the samples; goes on from its checkpoint.", [], (run, _, token) => Task.FromResult(RewardModel(run, token))),
    Stage("export", "Write the model folder, and the reward model's if it is trained.", [outputFolder, rewardFolder, weights], (run, result, _) => Task.FromResult(Export(run, Output(run, result), Rewards(run, result), result.GetValue(weights)))),
    Stage("evaluate", "Measure a model folder, and the reward model's if there is one, on validation and held-out problems; goes on where an earlier call stopped.", [outputFolder, rewardFolder], (run, result, token) => EvaluateAsync(run, Output(run, result), Rewards(run, result), token)),
    Stage("effects", "Measure what each training format does for a model folder, against the same model without it; goes on where an earlier call stopped.", [outputFolder, effectProblems, effectSamples, only, gsm8k, mawps, markdown], (run, result, token) =>
        EffectsAsync(run, Output(run, result), new(result.GetValue(effectProblems) ?? run.Recipe.Evaluation.Problems, result.GetValue(effectSamples), result.GetValue(only) ?? [], result.GetValue(gsm8k), result.GetValue(mawps)), result.GetValue(markdown), token)),
    Stage("figures", "Draw the evaluation and the training as SVG.", [figuresFrom, figuresFolder, figuresSet, figuresCard], (run, result, _) =>
        Task.FromResult(Figures(result.GetValue(figuresFrom) ?? run.Folder, result.GetRequiredValue(figuresFolder), result.GetRequiredValue(figuresSet), result.GetValue(figuresCard)))),
    Stage("recipe", "All stages from nothing to measured model folders; goes on where an earlier call stopped.", [outputFolder, rewardFolder], async (run, result, token) =>
        Overlap(run, OverlapProblems) && Tokenizer(run) && Train(run, token) && await SampleAsync(run, token) && await LabelAsync(run, token) && ValueHead(run, token) && RewardModel(run, token)
        && Export(run, Output(run, result), Rewards(run, result), null) && await EvaluateAsync(run, Output(run, result), Rewards(run, result), token)),
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
        catch (Exception e) when (e is RecipeException or CheckpointException or TrainingDivergedException or ModelFormatException or TorchUnavailableException or PageBlockException or IOException or UnauthorizedAccessException)
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

string Rewards(RecipeRun run, ParseResult result) => result.GetValue(rewardFolder) ?? Output(run, result) + "-prm";

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

static async Task<bool> LabelAsync(RecipeRun run, CancellationToken token)
{
    await LabelStage.RunAsync(run, Counter("label", run.Recipe.Rollouts.Problems), token);
    return true;
}

static bool ValueHead(RecipeRun run, CancellationToken token)
{
    var data = RewardData.Load(run);
    return Done("value head", TrainingProgress.Show(AnsiConsole.Console, "value head",
        onStep => ValueHeadStage.Run(run, data, Counter("value head: read", data.Training.Count + data.Validation.Count), onStep, token)));
}

static bool RewardModel(RecipeRun run, CancellationToken token) =>
    Done("reward model", TrainingProgress.Show(AnsiConsole.Console, "reward model", onStep => RewardModelStage.Run(run, RewardData.Load(run), onStep, token)));

static bool Done(string what, RewardSummary? summary)
{
    if (summary is not null)
        Console.WriteLine($"{what}: within-problem AUC on validation problems {string.Join(", ", summary.Auc.Select(part => $"{part.Value:f3} at {part.Key} ({summary.Untrained[part.Key]:f3} untrained)"))} of a step, {summary.Pairs} pairs");
    return summary is not null;
}

static bool Export(RecipeRun run, string folder, string rewardFolder, WeightFormat? format)
{
    ExportStage.Run(run, folder, format);
    Console.WriteLine($"export: {folder} is written.");
    if (run.RewardModelCheckpoint.StepsDone() >= run.Recipe.RewardModel.Steps)
    {
        ExportStage.RunRewardModel(run, rewardFolder, format);
        Console.WriteLine($"export: {rewardFolder} is written.");
    }
    return true;
}

static async Task<bool> EvaluateAsync(RecipeRun run, string folder, string rewardFolder, CancellationToken token)
{
    string? rewardModel = Directory.Exists(rewardFolder) ? rewardFolder : null;
    var sets = EvaluateStage.Sets(run);
    var report = await EvaluateStage.RunAsync(run, folder, rewardModel, sets, Counter("evaluate", (rewardModel is null ? 2 : 3) * sets.Sum(set => set.Value.Count)), token);
    report.Save(Path.Combine(run.Folder, "evaluation.json"));
    // Where the output is no terminal, the console assumes one of 80 columns.
    AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 180);
    report.Print(AnsiConsole.Console);
    return true;
}

static async Task<bool> EffectsAsync(RecipeRun run, string folder, EffectsOptions options, string? markdown, CancellationToken token)
{
    var report = await EffectsStage.RunAsync(run, folder, options, (name, count) => Counter($"effects, {name}", count), token);
    string text = report.Markdown();
    Console.WriteLine(text);
    report.Save(Path.Combine(run.Folder, "effects.json"));
    File.WriteAllText(markdown ?? Path.Combine(run.Folder, "effects.md"), text);
    return true;
}

static bool Figures(string from, string folder, string set, string? card)
{
    FiguresStage.Run(from, folder, set, card);
    Console.WriteLine($"figures: {folder} is written.");
    return true;
}

// A line every hundred problems; a bar would hide behind the engine's speed.
static Action Counter(string stage, int total)
{
    int done = 0;
    return () =>
    {
        int now = Interlocked.Increment(ref done);
        if (now % 100 == 0 || now == total)
            Console.WriteLine($"{stage}: {now} of {total} problems");
    };
}
