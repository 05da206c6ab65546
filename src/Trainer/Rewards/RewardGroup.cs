using InferenceServer.Modeling.Rewards;
using InferenceServer.Trainer.Rollouts;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Rewards;

/// <summary>A solution to learn rewards from.</summary>
/// <param name="Tokens">Without the end token.</param>
/// <param name="Features"><see cref="RewardFeatures"/> after each token [n, F].</param>
/// <param name="Weight">How often it was sampled.</param>
public sealed record RewardSample(int[] Tokens, StepLabels Labels, float[] Features, int Weight)
{
    /// <summary>The frozen trunk's output after each token [n, D] in half precision, in native memory; null until it is computed.</summary>
    public Tensor? Hidden { get; set; }
}

/// <summary>The different solutions of one problem.</summary>
public sealed record RewardGroup(int[] Prompt, IReadOnlyList<RewardSample> Samples)
{
    /// <summary>Equal solutions become one that weighs more: losses are the same and the forward pass is shorter.</summary>
    /// <param name="labels">Parallel to the rollouts.</param>
    /// <param name="stepToken">Ends a step.</param>
    public static RewardGroup Of(int[] prompt, IReadOnlyList<Rollout> rollouts, IReadOnlyList<StepLabels> labels, int stepToken)
    {
        List<RewardSample> samples = [];
        foreach (var same in Enumerable.Range(0, rollouts.Count).Where(i => labels[i].Count > 0).GroupBy(i => (rollouts[i].Text, rollouts[i].Finished)))
        {
            int first = same.First(), length = labels[first].Ends[^1] + 1;
            samples.Add(new(rollouts[first].Tokens[..length], labels[first], Features(prompt, rollouts[first], length, stepToken), same.Count()));
        }
        return new(prompt, samples);
    }

    private static float[] Features(int[] prompt, Rollout rollout, int length, int stepToken)
    {
        var features = new RewardFeatures();
        foreach (int token in prompt)
            features.Add(token, TokenStatistics.Unknown, stepToken);
        float[] rows = new float[length * RewardFeatures.Count];
        for (int t = 0; t < length; t++)
        {
            features.Add(rollout.Tokens[t], new(rollout.LogProbs[t], rollout.Entropies[t]), stepToken);
            features.Write(rows.AsSpan(t * RewardFeatures.Count));
        }
        return rows;
    }
}
