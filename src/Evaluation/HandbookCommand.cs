using System.CommandLine;
using InferenceServer.Engine;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Modeling;
using InferenceServer.Strategies.Handbooks;
using Spectre.Console;

namespace InferenceServer.Evaluation;

/// <summary>Builds a handbook from problems with known answers, offline: what the server does as a job.</summary>
internal static class HandbookCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder of the model that solves and reflects.", DefaultValueFactory = _ => "models/reasoner" };
        var problems = new Option<string>("--problems") { Description = "JSON lines, a JSON array or CSV with question and answer; curated ones, since they end up in prompts.", Required = true };
        var count = new Option<int>("--count", "-n") { Description = "How many problems, from the first.", DefaultValueFactory = _ => 100 };
        var maxTokens = new Option<int>("--max-tokens") { Description = "Of each of the three calls.", DefaultValueFactory = _ => 1024 };
        var output = new Option<string>("--output") { Description = "File to write, .json; the server imports it with PUT /api/handbooks/{name}.", Required = true };
        var ofTask = new Command("task", "Write the handbook that the bundled task's own hints make.") { output };
        ofTask.SetAction(result => Write(result.GetRequiredValue(output), HandbookFile.OfTask().Behaviours));
        var build = new Command("build", "Learn behaviours from solved problems: solve, reflect, extract.") { model, problems, count, maxTokens, output };
        build.SetAction((result, token) => BuildAsync(
            result.GetRequiredValue(model), result.GetRequiredValue(problems), result.GetValue(count), result.GetValue(maxTokens), result.GetRequiredValue(output), token));
        return new Command("handbook", "Make a handbook.") { build, ofTask };
    }

    private static async Task<int> BuildAsync(string folder, string file, int count, int maxTokens, string output, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<Problem> problems = ProblemFile.Load(file, count);
            await using LocalTarget target = TargetFactory.Load(folder, rewardFolder: null, handbook: null, slots: 8, threads: 0, TimeProvider.System);
            var builder = new HandbookBuilder(target.Pipeline, target.Model, maxTokens: maxTokens);
            int solved = 0, refused = 0;
            await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(async progress =>
            {
                ProgressTask bar = progress.AddTask("handbook", maxValue: problems.Count);
                foreach (Problem problem in problems)
                {
                    HandbookLesson lesson = await builder.LearnAsync(problem.Question, problem.Answer, problem.Family is { } family ? [family] : [], cancellationToken);
                    (solved, refused) = (solved + (lesson.IsSolved ? 1 : 0), refused + lesson.Refused.Count);
                    bar.Increment(1);
                }
            });
            AnsiConsole.WriteLine($"{solved} of {problems.Count} problems solved; {builder.Behaviours.Count} behaviours, {refused} refused; {builder.Tokens} tokens.");
            return Write(output, builder.Behaviours);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; nothing was written.");
            return 130;
        }
        catch (Exception e) when (e is EvaluationException or ModelFormatException or EngineException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static int Write(string path, IReadOnlyList<Behaviour> behaviours)
    {
        try
        {
            File.WriteAllText(path, HandbookFile.Write(behaviours));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Cannot write {path}: {e.Message}");
            return 1;
        }
    }
}
