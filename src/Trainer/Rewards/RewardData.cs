using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Rewards;

/// <summary>The sampled solutions of a run with their labels: problems to learn from, and problems to calibrate and choose on.</summary>
public sealed record RewardData(IReadOnlyList<RewardGroup> Training, IReadOnlyList<RewardGroup> Validation)
{
    /// <exception cref="RecipeException">A stage that it depends on has not run.</exception>
    public static RewardData Load(RecipeRun run)
    {
        if (!File.Exists(run.SamplesPath))
            throw new RecipeException($"{run.SamplesPath} is missing: run the sample stage first.");
        RolloutGroup[] groups = [.. new JsonJournal<RolloutGroup>(run.SamplesPath).Load()];
        var labels = Labels(run, groups);
        if (run.Recipe.Rollouts.Flawed > 0)
        {
            // Only problems to learn from have them.
            var flawed = new JsonJournal<RolloutGroup>(run.FlawedPath).Load();
            for (int i = 0; i < flawed.Count; i++)
                (groups[i], labels[i]) = (groups[i] with { Rollouts = [.. groups[i].Rollouts, .. flawed[i].Rollouts] }, [.. labels[i], .. Exact(run, flawed[i])]);
        }
        RewardGroup[] rewards = [.. groups.Select((group, i) => RewardGroup.Of(run.Tokenizer.Encode(ChatFormat.Prompt(group.Problem.Question)), group.Rollouts, labels[i], run.StepToken))];
        int training = rewards.Length - run.Recipe.Rollouts.ValidationProblems;
        return new([.. rewards.Take(training).Where(group => group.Samples.Count > 0)], [.. rewards.Skip(training).Where(group => group.Samples.Count > 0)]);
    }

    private static StepLabels[] Exact(RecipeRun run, RolloutGroup group) => [.. group.Rollouts.Select(rollout => StepLabels.Exact(group.Problem, rollout, run.StepToken))];

    private static IReadOnlyList<StepLabels>[] Labels(RecipeRun run, IReadOnlyList<RolloutGroup> groups)
    {
        if (run.Recipe.Labels.Source == LabelSource.Exact)
            return [.. groups.Select(group => Exact(run, group))];
        if (!File.Exists(run.LabelsPath))
            throw new RecipeException($"{run.LabelsPath} is missing: run the label stage first.");
        var success = new JsonJournal<IReadOnlyList<double[]>>(run.LabelsPath).Load();
        return [.. groups.Select((group, i) => group.Rollouts.Select((rollout, k) => new StepLabels(StepLabels.StepEnds(rollout, run.StepToken), success[i][k])).ToArray())];
    }

    /// <summary>The groups of a training step: every group once an epoch, in an order that depends on the epoch alone.</summary>
    public RewardGroup[] Draw(long step, int groupsPerBatch, ulong seed)
    {
        long batchesPerEpoch = Math.Max(1, Training.Count / groupsPerBatch);
        int[] order = [.. Enumerable.Range(0, Training.Count)];
        new ProblemRandom(seed, (ulong)(step / batchesPerEpoch)).Shuffle(order);
        return [.. order.Skip((int)(step % batchesPerEpoch) * groupsPerBatch).Take(groupsPerBatch).Select(i => Training[i])];
    }
}
