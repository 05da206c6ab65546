using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Stages;

/// <summary>Labels the steps of the sampled solutions and trains the value head on the frozen trunk.</summary>
public static class ValueHeadStage
{
    /// <returns>Whether the last step was reached.</returns>
    public static bool Run(RecipeRun run, Action<StepReport> onStep, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.ValueHead;
        if (!File.Exists(run.SamplesPath))
            throw new RecipeException($"{run.SamplesPath} is missing: run the sample stage first.");
        int lineBreak = run.Tokenizer.TokenId("\n")!.Value;
        var groups = RolloutGroup.Load(run.SamplesPath).Select(group => (
            Prompt: run.Tokenizer.Encode(ChatFormat.Prompt(group.Problem.Question)),
            Samples: (IReadOnlyList<(Rollout, StepLabels)>)[.. group.Rollouts.Select(rollout => (rollout, StepLabels.Of(group.Problem, rollout, lineBreak)))])).ToArray();

        using var trunk = run.Trunk();
        using var model = new TorchTransformer(run.Config(valueHead: true), new WithNewHead(trunk, new InitialWeights(run.Config(valueHead: true), (int)recipe.Seed)));
        var loop = new TrainingLoop<StepValueBatch>(
            model,
            new StepValue(new(recipe.PairwiseWeight)),
            step =>
            {
                var batch = StepValueBatch.From(Draw(groups, recipe, step), run.Padding, recipe.StepEndWeight);
                return (batch, (int)batch.Positions.numel());
            },
            new() { Steps = recipe.Steps, LearningRate = recipe.LearningRate, Optimizer = recipe.Optimizer, CheckpointEvery = recipe.CheckpointEvery },
            run.ValueHeadCheckpoint,
            trained: name => name.StartsWith("value_head.", StringComparison.Ordinal));
        return loop.Run(onStep, cancellationToken) >= recipe.Steps;
    }

    // Every problem once an epoch, in an order that depends on the epoch alone.
    private static T[] Draw<T>(T[] groups, ValueHeadRecipe recipe, long step)
    {
        long batchesPerEpoch = Math.Max(1, groups.Length / recipe.ProblemsPerBatch);
        T[] order = [.. groups];
        new ProblemRandom(recipe.Seed, (ulong)(step / batchesPerEpoch)).Shuffle(order);
        return [.. order.Skip((int)(step % batchesPerEpoch) * recipe.ProblemsPerBatch).Take(recipe.ProblemsPerBatch)];
    }

    private sealed class WithNewHead(IWeights trunk, IWeights head) : IWeights
    {
        public void Read(TensorSpec tensor, Span<float> destination) =>
            (tensor.Name.StartsWith("value_head.", StringComparison.Ordinal) ? head : trunk).Read(tensor, destination);
    }
}
