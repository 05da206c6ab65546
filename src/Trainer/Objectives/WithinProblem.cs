using InferenceServer.Trainer.Rewards;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Weights of <see cref="WithinProblem"/>'s terms beside that of the steps, which is 1.</summary>
/// <param name="Outcome">Of the pairs of whole solutions.</param>
/// <param name="Calibration">Of the cross-entropy.</param>
public sealed record WithinProblemWeights(double Outcome = 0.5, double Calibration = 0.1);

/// <summary>
/// A loss of rewards that difficulty cannot lower: the logistic ranking loss (Bradley and Terry 1952) over pairs of samples of one problem. Samples that stand well up
/// to a step which one got right and the other wrong are compared at parts of that step; solved and other solutions at their ends. A score learned from
/// cross-entropy alone tells hard problems from easy ones and is no help in choosing among samples of one, so cross-entropy only keeps the scale here.
/// </summary>
public static class WithinProblem
{
    /// <param name="score">Before the sigmoid, of a batch's positions [N].</param>
    public static Tensor Loss(Tensor score, RewardBatch batch, WithinProblemWeights weights)
    {
        var crossEntropy = nn.functional.binary_cross_entropy_with_logits(score, batch.Labels, batch.Weights, reduction: nn.Reduction.Sum) / batch.Weights.sum();
        return Ranking(score, batch.Steps) + weights.Outcome * Ranking(score, batch.Outcomes) + weights.Calibration * crossEntropy;
    }

    private static Tensor Ranking(Tensor score, RewardPairs pairs)
    {
        if (pairs.Better.numel() == 0)
            return zeros(1).squeeze();
        var margin = score.index_select(0, pairs.Better) - score.index_select(0, pairs.Worse);
        return (nn.functional.softplus(-margin) * pairs.Weights).sum() / pairs.Weights.sum();
    }
}
