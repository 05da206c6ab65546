using InferenceServer.Modeling.Rewards;
using InferenceServer.Trainer.Models;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Rewards;

/// <summary>
/// The reward features that a model in training gives itself: log-probabilities and entropies of its own language head. A reward model that scores somebody else's
/// text has no other, so it must learn with these. No gradient passes through them.
/// </summary>
public static class OwnFeatures
{
    /// <param name="hidden">The final norm's output [B*T, D].</param>
    /// <returns>Features at a batch's positions [N, F].</returns>
    public static Tensor Of(TorchTransformer model, Tensor hidden, RewardBatch batch)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var tokens = batch.Ids.reshape(-1).index_select(0, batch.Positions);
        var logProbs = nn.functional.log_softmax(model.Logits(hidden.detach().index_select(0, batch.Positions - 1)), -1);
        float[] entropies = (-(logProbs.exp() * logProbs).sum(-1)).data<float>().ToArray();
        float[] logProb = logProbs.gather(1, tokens.unsqueeze(1)).squeeze(1).data<float>().ToArray();
        long[] ids = tokens.data<long>().ToArray(), positions = batch.Positions.data<long>().ToArray();
        float[] rows = new float[ids.Length * RewardFeatures.Count];
        var features = new RewardFeatures();
        for (int n = 0; n < ids.Length; n++)
        {
            // Between two samples stands the prompt of the second, whose tokens say nothing.
            if (n > 0 && positions[n] != positions[n - 1] + 1)
                features = new();
            features.Add((int)ids[n], new(logProb[n], entropies[n]), model.Config.ValueFeatures!.StepTokenId);
            features.Write(rows.AsSpan(n * RewardFeatures.Count));
        }
        return tensor(rows, [ids.Length, RewardFeatures.Count]).MoveToOuterDisposeScope();
    }
}
