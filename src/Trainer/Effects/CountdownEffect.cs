using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>Countdown: how often the target is reached, and how short the solutions are.</summary>
public sealed class CountdownEffect(IReadOnlyList<CountdownProblem> problems) : IFormatEffect
{
    public string Name => "countdown";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken) =>
        [await sampler.AskAsync(DirectEffect.Arm, new(FormattedProblem.Ask(null, problems[index].Question), "", ""), index, cancellationToken, sampler.Samples)];

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials)
    {
        double[][] rewards = [.. trials.Select((t, i) => t[0].Completions.Select(c => c.Finished ? CountdownVerifier.Grade(problems[i], SolutionLines.Settled(c.Text)).Reward : 0).ToArray())];
        return new(Name, "Countdown problems: the reward is 1 for a shortest solution, less for a longer one, 0 when the target is not reached.", [],
        [
            Rate.Of("target reached", rewards.Select(r => (double?)r.Count(x => x > 0) / r.Length)),
            .. problems.Select(p => p.Numbers.Count).Distinct().Order().Select(numbers => Rate.Of($"target reached, {numbers} numbers", rewards.Select((r, i) => problems[i].Numbers.Count == numbers ? r.Count(x => x > 0) / (double)r.Length : (double?)null))),
            Rate.Of("target reached by at least one sample", rewards.Select(r => (double?)(r.Max() > 0 ? 1 : 0))),
            Rate.Of("reward", rewards.Select(r => (double?)r.Average()), isShare: false),
            Rate.Of("reward of the best sample", rewards.Select(r => (double?)r.Max()), isShare: false),
            Rate.Of("reward of those that reach the target", rewards.Select(r => r.Any(x => x > 0) ? r.Where(x => x > 0).Average() : (double?)null), isShare: false),
            Rate.Of("problems whose samples reach the target with different rewards", rewards.Select(r => (double?)(r.Where(x => x > 0).Distinct().Count() > 1 ? 1 : 0))),
            Rate.Of("tokens of a sample", trials.Select(t => (double?)t[0].MeanTokens), isShare: false),
        ]);
    }
}
