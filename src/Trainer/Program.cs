using System.CommandLine;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Training;
using Spectre.Console;

var recipeFile = new Argument<string>("recipe") { Description = "The recipe, for instance recipes/reasoner.json." };
var runFolder = new Option<string?>("--run") { Description = "Folder of the run's files; runs/<name of the recipe> unless given." };

var root = new RootCommand("Trains, measures and exports the reasoner. A recipe holds every number; each stage leaves its result in the run's folder.")
{
    Stage("tokenizer", "Train the byte-pair tokenizer and write the held-out problems.", (run, _) => { TokenizerStage.Run(run); return true; }),
    Stage("train", "Train the decoder on worked solutions; goes on from the run's checkpoint.", (run, token) =>
        TrainingProgress.Show(AnsiConsole.Console, "train", onStep => TrainStage.Run(run, onStep, token))),
};
return await root.Parse(args).InvokeAsync();

Command Stage(string name, string description, Func<RecipeRun, CancellationToken, bool> work)
{
    var command = new Command(name, description) { recipeFile, runFolder };
    command.SetAction((result, token) => Task.Run(() =>
    {
        try
        {
            var recipe = Recipe.Load(result.GetRequiredValue(recipeFile));
            // Before the first operation: the library sizes its pool once.
            TorchSharp.torch.set_num_threads(recipe.Threads);
            var run = new RecipeRun(recipe, result.GetValue(runFolder) ?? Path.Combine("runs", recipe.Name));
            if (work(run, token))
                return 0;
            AnsiConsole.WriteLine($"{name}: stopped; the same command goes on from here.");
            return 130;
        }
        catch (Exception e) when (e is RecipeException or CheckpointException or TrainingDivergedException or InferenceServer.Modeling.ModelFormatException)
        {
            Console.Error.WriteLine($"{name}: {e.Message}");
            return 1;
        }
    }, CancellationToken.None));
    return command;
}
