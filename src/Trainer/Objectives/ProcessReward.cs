using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Rewards;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Options of <see cref="ProcessReward"/>.</summary>
/// <param name="Language">Weight of the likelihood of solved solutions.</param>
public sealed record ProcessRewardOptions(WithinProblemWeights Weights, double Language = 0.1);

/// <summary>
/// A reward model of its own: a copy of the policy and its value head, all of whose weights learn <see cref="WithinProblem"/>. The likelihood of solved solutions stays in the loss as a
/// small term, so that the trunk keeps what it knows about the task, and its log-probabilities their meaning.
/// </summary>
public sealed class ProcessReward(ProcessRewardOptions options) : Objective<ProcessRewardOptions, RewardBatch>(options)
{
    public override Tensor Loss(TorchTransformer model, RewardBatch batch)
    {
        var hidden = model.Hidden(batch.Ids).flatten(0, 1);
        var features = model.Config.ValueFeatures is null ? null : OwnFeatures.Of(model, hidden, batch);
        var loss = WithinProblem.Loss(model.ValueLogit(hidden.index_select(0, batch.Positions), features), batch, Options.Weights);
        if (batch.Targets.numel() == 0 || Options.Language == 0)
            return loss;
        return loss + Options.Language * nn.functional.cross_entropy(model.Logits(hidden.index_select(0, batch.TargetPositions)), batch.Targets);
    }
}
