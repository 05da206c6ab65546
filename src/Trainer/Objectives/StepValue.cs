using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Rewards;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Options of <see cref="StepValue"/>.</summary>
public sealed record StepValueOptions(WithinProblemWeights Weights);

/// <summary>
/// A process reward (after "Let's Verify Step by Step", arXiv:2305.20050) as a head on the frozen trunk, which also takes the log-probabilities so far. The trunk
/// stays as it is: the policy's text does not change, and the reward comes with every token at no cost.
/// </summary>
/// <remarks>Differences from the paper: the reward is read at every token rather than at step ends only, labels come from a verifier or from continuations rather
/// than from people, and samples of one problem are ranked (<see cref="WithinProblem"/>) rather than classified.</remarks>
public sealed class StepValue(StepValueOptions options) : Objective<StepValueOptions, RewardBatch>(options)
{
    public override Tensor Loss(TorchTransformer model, RewardBatch batch) =>
        WithinProblem.Loss(model.ValueLogit(batch.Hidden ?? Hidden(model, batch), model.Config.ValueFeatures is null ? null : batch.Features), batch, Options.Weights);

    private static Tensor Hidden(TorchTransformer model, RewardBatch batch)
    {
        using var frozen = no_grad();
        return model.Hidden(batch.Ids).flatten(0, 1).index_select(0, batch.Positions);
    }
}
