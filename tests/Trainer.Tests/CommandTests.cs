using System.Diagnostics;
using System.Text.Json.Nodes;
using InferenceServer.Shared;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Training;
using Spectre.Console;

namespace InferenceServer.Trainer.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe;

    public CommandTests()
    {
        _recipe = _folder.File("tiny.json");
        var recipe = JsonNode.Parse(File.ReadAllText(TestAssembly.RepositoryPath("recipes", "reasoner.json")))!;
        (recipe["training"]!["steps"], recipe["training"]!["batch_size"], recipe["training"]!["batches_per_bucket"]) = (6, 4, 2);
        (recipe["tokenizer"]!["examples"], recipe["tokenizer"]!["vocabulary_size"]) = (200, 400);
        (recipe["model"]!["layers"], recipe["model"]!["hidden_size"]) = (1, 64);
        File.WriteAllText(_recipe, recipe.ToJsonString());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_StoppedAndResumedInANewProcess_WritesTheSameCheckpoint()
    {
        RecipeRun straight = NewRun("straight"), stopped = NewRun("stopped");
        Assert.True(TrainStage.Run(straight, _ => { }, default));
        using (var stop = new CancellationTokenSource())
            Assert.False(TrainStage.Run(stopped, report => { if (report.Step == 3) stop.Cancel(); }, stop.Token));
        Assert.NotEqual(File.ReadAllBytes(straight.CheckpointPath), File.ReadAllBytes(stopped.CheckpointPath));

        var (status, _, error) = await RunAsync("train", _recipe, "--run", stopped.Folder);
        Assert.True(status == 0, error);
        Assert.Equal(File.ReadAllBytes(straight.CheckpointPath), File.ReadAllBytes(stopped.CheckpointPath));
    }

    [Fact]
    public async Task Command_MissingRecipe_NamesItAndFails()
    {
        var (status, _, error) = await RunAsync("train", _folder.File("nothing.json"));
        Assert.Equal(1, status);
        Assert.Contains("nothing.json", error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public async Task Command_FolderThatCannotBe_SaysWhatToDo()
    {
        File.WriteAllText(_folder.File("file"), "");
        var (status, _, error) = await RunAsync("tokenizer", _recipe, "--run", _folder.File("file/run"));
        Assert.Equal(1, status);
        Assert.Contains("--run", error);
    }

    [Fact]
    public async Task Data_Format_PrintsItsExamplesAndTheLengthsOfAll()
    {
        var run = NewRun("data");
        var (status, output, error) = await RunAsync("data", _recipe, "--run", run.Folder, "--count", "3", "--format", "recovery");
        Assert.True(status == 0, error);
        Assert.Equal(3, output.Split('\n').Count(line => line == "--- recovery"));
        Assert.Equal(3, output.Split('\n').Count(line => line.StartsWith("[[Check: step ", StringComparison.Ordinal)));
        Assert.Matches(@"(?m)^countdown +\d+\.\d% +\d+\.\d +\d+\.\d +\d+$", output);
    }

    [Fact]
    public async Task Data_UnknownFormat_NamesThoseThereAre()
    {
        var (status, _, error) = await RunAsync("data", _recipe, "--format", "poem");
        Assert.Equal(1, status);
        Assert.Contains("direct, echo, feedback, hint, preview, recovery, countdown", error);
    }

    [Theory]
    [InlineData(typeof(NotSupportedException))]
    [InlineData(typeof(DllNotFoundException))]
    public void TorchRuntime_LibraryDoesNotLoad_SaysWhatToRun(Type failure)
    {
        var e = Assert.Throws<TorchUnavailableException>(() => TorchRuntime.Start(1, _ => throw (Exception)Activator.CreateInstance(failure, "no libtorch")!));
        Assert.Contains("./setup.sh", e.Message);
        Assert.Contains("no libtorch", e.Message);
    }

    [Fact]
    public void TrainingProgress_NoTerminal_PrintsLossSpeedAndTimeLeft()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new() { Interactive = InteractionSupport.No, Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;
        TrainingProgress.Show(console, "train", onStep =>
        {
            for (int step = 1; step <= 60; step++)
                onStep(new(step, 60, Loss: 2.5, GradientNorm: 1, LearningRate: 0.1, Tokens: 10, TimeSpan.FromMilliseconds(1)));
            return true;
        });
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^train loss 2\.500, \d+ tokens/s, step 50/60, \d\d:\d\d:\d\d left", lines[0]);
        Assert.Contains("step 60/60", lines[1]);
    }

    private RecipeRun NewRun(string name)
    {
        var run = new RecipeRun(Recipe.Load(_recipe), _folder.File(name));
        TokenizerStage.Run(run);
        return run;
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[typeof(TrainStage).Assembly.Location, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
