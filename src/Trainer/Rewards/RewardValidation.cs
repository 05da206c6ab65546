using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Models;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Rewards;

/// <summary>Measures a reward in training on groups that it does not learn from.</summary>
public static class RewardValidation
{
    /// <summary>Within-problem AUC by part of a step, and the calibration that the scores need.</summary>
    public static RewardSummary Summarise(TorchTransformer model, IReadOnlyList<RewardGroup> groups, int padding)
    {
        List<(double, double, double)> observations = [];
        List<ScoredSample[]> problems = [];
        foreach (var group in groups)
        {
            var scores = Scores(model, group, padding);
            for (int s = 0; s < group.Samples.Count; s++)
            {
                var sample = group.Samples[s];
                for (int step = 0; step < sample.Labels.Count; step++)
                    for (int t = sample.Labels.Start(step); t <= sample.Labels.Ends[step]; t++)
                        observations.Add((scores[s][t], sample.Labels.Success[step], sample.Weight));
            }
            problems.Add([.. group.Samples.Select((sample, s) => new ScoredSample(sample.Tokens, sample.Labels, scores[s], sample.Weight))]);
        }
        var auc = RewardBatch.Parts.ToDictionary(part => $"{part}", part => StepRanking.Auc(problems, part).Auc);
        return new(Calibration.Fit(observations), auc, StepRanking.Auc(problems, 1).Pairs);
    }

    /// <summary>Score before the sigmoid after each token of each sample.</summary>
    private static float[][] Scores(TorchTransformer model, RewardGroup group, int padding)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var batch = RewardBatch.From([group], padding);
        var hidden = batch.Hidden ?? model.Hidden(batch.Ids).flatten(0, 1).index_select(0, batch.Positions);
        float[] all = model.ValueLogit(hidden, model.Config.ValueFeatures is null ? null : batch.Features).data<float>().ToArray();
        int at = 0;
        return [.. group.Samples.Select(sample => all[at..(at += sample.Tokens.Length)])];
    }

    /// <summary>Computes the frozen trunk's output for every sample, once: what follows is then a small network on stored vectors.</summary>
    /// <param name="onGroup">Called after each group.</param>
    public static void FillHidden(TorchTransformer trunk, IEnumerable<RewardGroup> groups, int padding, Action? onGroup, CancellationToken cancellationToken)
    {
        foreach (var group in groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var batch = RewardBatch.From([group], padding);
            var hidden = trunk.Hidden(batch.Ids).flatten(0, 1).index_select(0, batch.Positions).to(ScalarType.Float16);
            int width = trunk.Config.HiddenSize, at = 0;
            var all = hidden.contiguous().data<Half>().ToArray();
            foreach (var sample in group.Samples)
                sample.Hidden = all[at..(at += sample.Tokens.Length * width)];
            onGroup?.Invoke();
        }
    }
}
