using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Options of <see cref="SupervisedFineTuning"/>.</summary>
/// <param name="LabelSmoothing">Probability mass spread over the vocabulary.</param>
public sealed record SupervisedFineTuningOptions(double LabelSmoothing = 0);

/// <summary>Maximum likelihood of the completions: cross-entropy averaged over the completion tokens of the batch; prompts are read, not learned.</summary>
public sealed class SupervisedFineTuning(SupervisedFineTuningOptions options) : Objective<SupervisedFineTuningOptions, TokenBatch>(options)
{
    public override Tensor Loss(TorchTransformer model, TokenBatch batch)
    {
        var hidden = model.Hidden(batch.Ids).flatten(0, 1).index_select(0, batch.TargetPositions);
        return nn.functional.cross_entropy(model.Logits(hidden), batch.Targets, label_smoothing: Options.LabelSmoothing);
    }
}
