using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Stages;

/// <summary>Trains the value head on the frozen trunk, then calibrates it on the validation problems.</summary>
public static class ValueHeadStage
{
    /// <param name="onGroup">Called after each problem whose solutions the trunk has read.</param>
    /// <param name="onStep">Called after each step.</param>
    /// <returns>What the head came to; null when stopped before the last step.</returns>
    public static RewardSummary? Run(RecipeRun run, RewardData data, Action? onGroup, Action<StepReport> onStep, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.ValueHead;
        var config = run.Config(valueHead: true);
        using var trunk = run.Trunk();
        using var model = new TorchTransformer(config, new WithNewHead(trunk, new InitialWeights(config, (int)recipe.Seed)));
        RewardValidation.FillHidden(model, data.Training.Concat(data.Validation), run.Padding, onGroup, cancellationToken);
        var loop = new TrainingLoop<RewardBatch>(
            model,
            new StepValue(new(new(recipe.OutcomeWeight, recipe.CalibrationWeight))),
            step => RewardBatch.From(data.Draw(step, recipe.ProblemsPerBatch, recipe.Seed), run.Padding) is var batch ? (batch, (int)batch.Positions.numel()) : default,
            new() { Steps = recipe.Steps, LearningRate = recipe.LearningRate, Optimizer = recipe.Optimizer, CheckpointEvery = recipe.CheckpointEvery },
            run.ValueHeadCheckpoint,
            trained: name => name.StartsWith("value_head.", StringComparison.Ordinal));
        using var log = new TrainingLog(Path.Combine(run.Folder, "value-head.jsonl"));
        if (loop.Run(report => { log.Add(report); onStep(report); }, cancellationToken) < recipe.Steps)
            return null;
        var summary = RewardValidation.Summarise(model, data.Validation, run.Padding);
        run.ValueHeadCalibration.Save(summary);
        return summary;
    }

    private sealed class WithNewHead(IWeights trunk, IWeights head) : IWeights
    {
        public void Read(TensorSpec tensor, Span<float> destination) =>
            (tensor.Name.StartsWith("value_head.", StringComparison.Ordinal) ? head : trunk).Read(tensor, destination);
    }
}
