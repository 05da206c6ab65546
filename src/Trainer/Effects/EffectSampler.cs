using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Effects;

/// <summary>Asks the model in the prompts that it was trained on, and keeps what it wrote.</summary>
/// <param name="options">How the baseline is sampled; the arms beside it are sampled half as often.</param>
public sealed class EffectSampler(RolloutSampler sampler, RolloutOptions options)
{
    /// <summary>Completions of the baseline.</summary>
    public int Samples => options.Samples;

    /// <summary>Completions of each other arm: problems differ far more than samples of one, so many problems are worth more than many samples.</summary>
    public int ArmSamples => Math.Max(1, options.Samples / 2);

    /// <param name="arm">Name of the way of asking; with the problem's index it also seeds the sampling.</param>
    /// <param name="samples">Null for <see cref="ArmSamples"/>.</param>
    /// <param name="temperature">Null for that of the options.</param>
    /// <param name="further">Text that the format has the model write beside the solution: its length is added to the token limit.</param>
    /// <exception cref="RecipeException">The prompt does not fit the model's context.</exception>
    public async Task<Trial> AskAsync(string arm, FormattedProblem text, int index, CancellationToken cancellationToken, int? samples = null, double? temperature = null, string further = "")
    {
        int[] prompt = sampler.Prompt(text);
        if (prompt.Length >= sampler.ContextLength)
            throw new RecipeException($"'{arm}' of problem {index + 1}: the prompt has {prompt.Length} tokens and the model's context {sampler.ContextLength}. Leave the comparison out with --only, or measure a model with a longer context.");
        var rollouts = await sampler.SampleAsync(prompt, options with
        {
            Samples = samples ?? ArmSamples,
            Temperature = temperature ?? options.Temperature,
            MaxTokens = options.MaxTokens + sampler.Count(further),
            Seed = Seed(arm) + (ulong)index,
        }, cancellationToken);
        return new(arm, text.Given, prompt.Length, [.. rollouts.Select(rollout => new Completion(rollout.Text, rollout.Finished, rollout.Tokens.Length))]);
    }

    // Arms of one problem draw independently.
    private ulong Seed(string arm) => arm.Aggregate(options.Seed, (seed, letter) => seed * 1_000_003 + letter);
}
