using System.Security.Cryptography;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Measures a policy's folder, and a reward model's beside it, on sets of problems. What was sampled or scored stays in the run's folder: an interrupted call goes on.</summary>
public static class EvaluateStage
{
    public const string Validation = "validation", Answerable = "validation with an answer", Templates = "templates", Families = "families", Unknown = "unknown";

    /// <summary>
    /// The sets that a run is measured on: fresh training problems to choose settings on; then, to report, problems with held-out templates, of held-out
    /// families, and those of which every other one has no answer.
    /// </summary>
    /// <exception cref="RecipeException">There are fewer held-out problems than asked for.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<WordProblem>> Sets(RecipeRun run)
    {
        var recipe = run.Recipe.Evaluation;
        if (recipe.Problems > run.HeldOut.Templates.Count)
            throw new RecipeException($"evaluation.problems is {recipe.Problems} and there are {run.HeldOut.Templates.Count} problems with held-out templates.");
        return new Dictionary<string, IReadOnlyList<WordProblem>>
        {
            [Validation] = [.. run.TrainingTask.Problems(SampleStage.FirstValidationProblem, recipe.ValidationProblems)],
            [Templates] = [.. run.HeldOut.Templates.Take(recipe.Problems)],
            [Families] = [.. run.HeldOut.Families.Take(recipe.Problems)],
            [Unknown] = [.. run.HeldOut.Unknown.Take(recipe.Problems)],
        };
    }

    /// <param name="run">Where results are kept.</param>
    /// <param name="policy">Its model folder.</param>
    /// <param name="rewardModel">A reward model's folder; null for none.</param>
    /// <param name="sets">Problems by set.</param>
    /// <param name="onProblem">Called after each problem: once when it is solved greedily, once when it is sampled, once when it is scored.</param>
    public static async Task<PolicyReport> RunAsync(
        RecipeRun run, string policy, string? rewardModel, IReadOnlyDictionary<string, IReadOnlyList<WordProblem>> sets, Action? onProblem, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.Evaluation;
        var tokenizer = ModelTokenizer.Load(Path.Combine(policy, "tokenizer.json"));
        int lineBreak = tokenizer.TokenId("\n")!.Value;
        var greedy = new Dictionary<string, IReadOnlyList<RolloutGroup>>();
        var sampled = new Dictionary<string, IReadOnlyList<RolloutGroup>>();
        await using (var sampler = Open(policy, out string identity))
        {
            foreach (var (name, problems) in sets)
            {
                greedy[name] = await sampler.SampleAsync(problems, new(1, 0, recipe.MaxTokens, recipe.Seed), new(PathOf("greedy", name, identity)), onProblem, cancellationToken);
                sampled[name] = await sampler.SampleAsync(problems, new(recipe.Samples, recipe.Temperature, recipe.MaxTokens, recipe.Seed), new(PathOf("sampled", name, identity)), onProblem, cancellationToken);
            }
        }
        var rewards = new Dictionary<string, IReadOnlyList<float[][]>>();
        if (rewardModel is not null)
        {
            await using var judge = Open(rewardModel, out string judgeIdentity);
            string identity = judgeIdentity + Identity(policy);
            foreach (var (name, groups) in sampled)
                rewards[name] = await new JsonJournal<float[][]>(PathOf("scored", name, identity)).CompleteAsync(groups.Count, RolloutSampler.Parallelism(recipe.Samples), async (i, token) =>
                {
                    var scored = await Task.WhenAll(groups[i].Rollouts.Select(rollout => judge.ScoreAsync(groups[i].Problem, rollout.Tokens, rollout.Text, rollout.Finished, token)));
                    return [.. scored.Select(rollout => rollout.Values)];
                }, onProblem, cancellationToken);
        }
        Dictionary<string, IReadOnlyList<MeasuredProblem>> measured = sets.Keys.ToDictionary(name => name, IReadOnlyList<MeasuredProblem> (name) =>
            [.. Enumerable.Range(0, sets[name].Count).Select(i => new MeasuredProblem(
                sets[name][i], greedy[name][i].Rollouts[0], sampled[name][i].Rollouts,
                [.. sampled[name][i].Rollouts.Select(rollout => StepLabels.Exact(sets[name][i], rollout, lineBreak))], rewardModel is null ? null : rewards[name][i]))]);
        // Problems with held-out templates all have an answer: what is chosen for them is chosen on the like.
        if (measured.TryGetValue(Validation, out var validation) && validation.Where(problem => problem.Problem.Answer is not null).ToArray() is { Length: > 0 } answerable)
            measured[Answerable] = answerable;
        return new(policy, rewardModel, measured.ToDictionary(set => set.Key, set => SetReport.Of(
            set.Value, recipe.Temperature, problem => tokenizer.Encode(ChatFormat.Prompt(problem.Problem.Question)).Length)));

        string PathOf(string what, string set, string identity) =>
            Path.Combine(run.Folder, $"{what}-{set.Replace(' ', '-')}-{run.Recipe.EvaluationIdentity($"{identity} {sets[set].Count} {sets[set][0].Question}")}.jsonl");
    }

    /// <param name="identity">Of the weights.</param>
    internal static RolloutSampler Open(string folder, out string identity)
    {
        var config = ModelConfig.Load(Path.Combine(folder, "config.json"));
        var tokenizer = ModelTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        using var weights = SafeTensors.Open(Path.Combine(folder, SafeTensors.FileName));
        weights.Check(ModelLayout.For(config));
        identity = Identity(folder);
        return new RolloutSampler(config, weights, tokenizer);
    }

    /// <summary>Of the weights: samples of others are not taken for theirs.</summary>
    private static string Identity(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, SafeTensors.FileName));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
