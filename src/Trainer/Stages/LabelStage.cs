using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Stages;

/// <summary>Labels the steps of the sampled solutions by continuing them. Exact labels need no stage: they are worked out while reading.</summary>
public static class LabelStage
{
    public static async Task RunAsync(RecipeRun run, Action? onProblem, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe;
        if (recipe.Labels.Source == LabelSource.Exact)
            return;
        if (!File.Exists(run.SamplesPath))
            throw new RecipeException($"{run.SamplesPath} is missing: run the sample stage first.");
        var groups = new JsonJournal<RolloutGroup>(run.SamplesPath).Load();
        using var weights = run.Trunk();
        await using var sampler = new RolloutSampler(run.Config(valueHead: false), weights, run.Tokenizer);
        var labels = new MonteCarloLabels(sampler, new(recipe.Labels.Continuations, recipe.Rollouts.Temperature, recipe.Rollouts.MaxTokens, recipe.Labels.Seed), run.StepToken);
        await new JsonJournal<IReadOnlyList<double[]>>(run.LabelsPath).CompleteAsync(
            groups.Count, RolloutSampler.Parallelism(recipe.Labels.Continuations), (i, token) => labels.SuccessAsync(groups[i], token), onProblem, cancellationToken);
    }
}
