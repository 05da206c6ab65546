using InferenceServer.Trainer.Models;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Options of <see cref="StepValue"/>.</summary>
/// <param name="PairwiseWeight">Weight of the ranking term.</param>
public sealed record StepValueOptions(double PairwiseWeight = 1);

/// <summary>
/// A process reward from exact step labels (after "Let's Verify Step by Step", arXiv:2305.20050), as a head on the frozen trunk.
/// Cross-entropy at every position, which calibrates the score but also rewards telling hard problems from easy ones; and, for pairs of samples of one problem
/// that agree up to a step which one got right and the other wrong, the logistic ranking loss, which difficulty cannot lower.
/// </summary>
/// <remarks>Differences from the paper: the reward is read at every token rather than at step ends only, labels come from a verifier rather than from people,
/// and the ranking term is ours. The trunk stays as it is, so the policy's text does not change and the head costs nothing to serve.</remarks>
public sealed class StepValue(StepValueOptions options) : Objective<StepValueOptions, StepValueBatch>(options)
{
    public override Tensor Loss(TorchTransformer model, StepValueBatch batch)
    {
        Tensor hidden;
        using (no_grad())
            hidden = model.Hidden(batch.Ids).flatten(0, 1).index_select(0, batch.Positions);
        var score = model.ValueLogit(hidden);
        var loss = nn.functional.binary_cross_entropy_with_logits(score, batch.Labels, batch.Weights, reduction: nn.Reduction.Sum) / batch.Weights.sum();
        if (batch.Right.numel() == 0)
            return loss;
        var margin = score.index_select(0, batch.Right) - score.index_select(0, batch.Wrong);
        return loss + Options.PairwiseWeight * nn.functional.softplus(-margin).mean();
    }
}
