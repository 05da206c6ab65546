using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Stages;

/// <summary>Samples solutions of fresh problems with the trained trunk, for rewards to learn from. Goes on where an earlier call stopped.</summary>
public static class SampleStage
{
    /// <summary>Where fresh problems begin in the training stream: beyond anything that a trunk is trained on.</summary>
    public const long FirstProblem = 1_000_000_000;

    /// <summary>Where those begin that rewards are validated on, beyond those.</summary>
    public const long FirstValidationProblem = 2_000_000_000;

    public static async Task RunAsync(RecipeRun run, Action? onProblem, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.Rollouts;
        using var weights = run.Trunk();
        await using var sampler = new RolloutSampler(run.Config(valueHead: false), weights, run.Tokenizer);
        var problems = run.TrainingTask.Problems(FirstProblem, recipe.Problems).ToList();
        await sampler.SampleAsync(problems, new(recipe.Samples, recipe.Temperature, recipe.MaxTokens, recipe.Seed), new(run.SamplesPath), onProblem, cancellationToken);
        if (recipe.Flawed > 0)
            await new JsonJournal<RolloutGroup>(run.FlawedPath).CompleteAsync(
                problems.Count - recipe.ValidationProblems, RolloutSampler.Parallelism(1), (i, token) => FlawedAsync(sampler, problems[i], recipe, (ulong)i, token), null, cancellationToken);
    }

    /// <summary>The worked solution, and the same with mistakes planted. On hard problems the policy's own samples may all be wrong.</summary>
    private static async Task<RolloutGroup> FlawedAsync(RolloutSampler sampler, WordProblem problem, RolloutRecipe recipe, ulong index, CancellationToken cancellationToken)
    {
        var random = new ProblemRandom(recipe.Seed ^ 0xF1A, index);
        var flawed = Enumerable.Range(0, recipe.Flawed).Select(_ => SolutionFlaw.Plant(problem, random)?.Solution).OfType<string>();
        return new(problem, await Task.WhenAll(flawed.Prepend(problem.Solution).Select(text => sampler.ScoreAsync(problem, text, finished: true, cancellationToken))));
    }
}
