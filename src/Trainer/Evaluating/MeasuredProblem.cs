using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>A problem with everything that was sampled of it and known about it.</summary>
/// <param name="Greedy">The solution at temperature 0.</param>
/// <param name="Labels">Of the samples' steps, by the verifier.</param>
/// <param name="RewardModel">A reward model's values before each token of each sample; null without one.</param>
public sealed record MeasuredProblem(WordProblem Problem, Rollout Greedy, IReadOnlyList<Rollout> Samples, IReadOnlyList<StepLabels> Labels, IReadOnlyList<float[]>? RewardModel)
{
    public int Count => Samples.Count;
    public bool GreedyRight => IsRight(Problem, Greedy);

    /// <summary>Whether each sample answers right.</summary>
    public IReadOnlyList<bool> Right { get; } = [.. Samples.Select(sample => IsRight(Problem, sample))];

    /// <summary>What each sample answers, as written; null when it does not.</summary>
    public IReadOnlyList<string?> Answers { get; } = [.. Samples.Select(Answer)];

    private static bool IsRight(WordProblem problem, Rollout rollout) => rollout.Finished && StepVerifier.AnswersRight(problem, rollout.Text);

    private static string? Answer(Rollout rollout) => rollout.Finished ? StepVerifier.AnswerText(rollout.Text) : null;
}
