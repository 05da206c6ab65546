using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Stages;

/// <summary>Trains the trunk on the training stream, from the run's checkpoint if there is one.</summary>
public static class TrainStage
{
    /// <returns>Whether the last step was reached.</returns>
    public static bool Run(RecipeRun run, Action<StepReport> onStep, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.Training;
        using var model = run.NewModel();
        model.Precision = recipe.Precision == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32;
        var stream = run.TrainingStream;
        var buckets = new LengthBuckets(index => run.Sequence(stream, index), recipe.BatchSize, recipe.BatchesPerBucket, run.Recipe.Data.TrainingSeed);
        var loop = new TrainingLoop<TokenBatch>(
            model,
            new SupervisedFineTuning(new()),
            step => TokenBatch.From(buckets.Batch(step), run.Padding) is var batch ? (batch, batch.Tokens) : default,
            new() { Steps = recipe.Steps, LearningRate = recipe.LearningRate, Optimizer = recipe.Optimizer, Muon = recipe.Muon, CheckpointEvery = recipe.CheckpointEvery },
            run.Checkpoint);
        using var log = new TrainingLog(run.LogPath);
        return loop.Run(report =>
        {
            log.Add(report);
            onStep(report);
        }, cancellationToken) >= recipe.Steps;
    }
}
