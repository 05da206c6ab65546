using InferenceServer.Modeling.Rewards;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Models;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Rewards;

/// <summary>Measures a reward in training on groups that it does not learn from.</summary>
public static class RewardValidation
{
    // Which of the features is the largest surprisal in the step so far.
    private const int LargestSurprisal = 2;

    /// <summary>Within-problem AUC by part of a step, that of the step's least likely token beside it, and the calibration that the scores need.</summary>
    public static RewardSummary Summarise(TorchTransformer model, IReadOnlyList<RewardGroup> groups, int padding)
    {
        List<(double, double, double)> observations = [];
        List<ScoredSample[]> problems = [], untrained = [];
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
            untrained.Add([.. group.Samples.Select(sample => new ScoredSample(sample.Tokens, sample.Labels,
                [.. Enumerable.Range(0, sample.Tokens.Length).Select(t => -sample.Features[t * RewardFeatures.Count + LargestSurprisal])], sample.Weight))]);
        }
        return new(Calibration.Fit(observations), ByPart(problems), ByPart(untrained), StepRanking.Auc(problems, 1).Pairs);

        static Dictionary<string, double> ByPart(IReadOnlyList<ScoredSample[]> scored) => RewardBatch.Parts.ToDictionary(SetReport.Name, part => StepRanking.Auc(scored, part).Auc);
    }

    /// <summary>Score before the sigmoid after each token of each sample.</summary>
    private static float[][] Scores(TorchTransformer model, RewardGroup group, int padding)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var batch = RewardBatch.From([group], padding);
        float[] all = (batch.Hidden is { } frozen ? model.ValueLogit(frozen, model.Config.ValueFeatures is null ? null : batch.Features) : OwnScores(model, batch)).data<float>().ToArray();
        int at = 0;
        return [.. group.Samples.Select(sample => all[at..(at += sample.Tokens.Length)])];
    }

    private static Tensor OwnScores(TorchTransformer model, RewardBatch batch)
    {
        var hidden = model.Hidden(batch.Ids).flatten(0, 1);
        return model.ValueLogit(hidden.index_select(0, batch.Positions), model.Config.ValueFeatures is null ? null : OwnFeatures.Of(model, hidden, batch));
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
            int at = 0;
            foreach (var sample in group.Samples)
                sample.Hidden = hidden[at..(at += sample.Tokens.Length)].clone().DetachFromDisposeScope();
            onGroup?.Invoke();
        }
    }
}
