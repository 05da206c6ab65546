using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Stages;

/// <summary>Trains a reward model of its own, from the weights of the policy and its value head, then calibrates it on the validation problems.</summary>
public static class RewardModelStage
{
    /// <returns>What the model came to; null when stopped before the last step.</returns>
    public static RewardSummary? Run(RecipeRun run, RewardData data, Action<StepReport> onStep, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.RewardModel;
        using var policy = run.Final();
        using var model = new TorchTransformer(run.Config(valueHead: true), policy);
        model.Precision = recipe.Precision == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32;
        // A problem whose samples are all alike has nothing to compare.
        data = data with { Training = [.. data.Training.Where(group => group.Samples.Count > 1)] };
        var loop = new TrainingLoop<RewardBatch>(
            model,
            new ProcessReward(new(new(recipe.OutcomeWeight, recipe.CalibrationWeight), recipe.LanguageWeight)),
            step => RewardBatch.From(data.Draw(step, recipe.ProblemsPerBatch, recipe.Seed), run.Padding) is var batch ? (batch, (int)batch.Ids.numel()) : default,
            new() { Steps = recipe.Steps, LearningRate = recipe.LearningRate, Optimizer = recipe.Optimizer, CheckpointEvery = recipe.CheckpointEvery },
            run.RewardModelCheckpoint);
        using var log = new TrainingLog(Path.Combine(run.Folder, "reward-model.jsonl"));
        if (loop.Run(report => { log.Add(report); onStep(report); }, cancellationToken) < recipe.Steps)
            return null;
        model.Precision = ScalarType.Float32;
        var summary = RewardValidation.Summarise(model, data.Validation, run.Padding);
        run.RewardModelCalibration.Save(summary);
        return summary;
    }
}
