using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Rewards;

/// <summary>
/// Step labels that need no verifier of steps, only the answer: from the end of each step the policy goes on several times, and the label is the share of
/// continuations that reach the right answer (Wang et al., "Math-Shepherd", arXiv:2312.08935, the soft estimate). The last step's label is whether the solution's
/// own answer was right.
/// </summary>
/// <param name="sampler">The policy that the solutions were sampled from.</param>
/// <param name="options">How to continue; its samples are the continuations of one prefix.</param>
/// <param name="lineBreak">Ends a step.</param>
public sealed class MonteCarloLabels(RolloutSampler sampler, RolloutOptions options, int lineBreak)
{
    /// <summary>Success of each step of each solution of a group. A prefix that several solutions share is continued once.</summary>
    public async Task<IReadOnlyList<double[]>> SuccessAsync(RolloutGroup group, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, double>();
        List<double[]> success = [];
        foreach (var rollout in group.Rollouts)
        {
            int[] ends = StepLabels.StepEnds(rollout, lineBreak);
            double[] steps = new double[ends.Length];
            for (int step = 0; step < ends.Length - 1; step++)
            {
                int[] begun = rollout.Tokens[..(ends[step] + 1)];
                string key = string.Join(',', begun);
                if (!known.TryGetValue(key, out steps[step]))
                    known[key] = steps[step] = await ShareAsync(group.Problem, rollout, begun, cancellationToken);
            }
            if (ends.Length > 0)
                steps[^1] = rollout.Finished && StepVerifier.AnswersRight(group.Problem, rollout.Text) ? 1 : 0;
            success.Add(steps);
        }
        return success;
    }

    private async Task<double> ShareAsync(WordProblem problem, Rollout rollout, int[] begun, CancellationToken cancellationToken)
    {
        // A step ends with a line break, so the text before it is as many whole lines.
        string[] lines = rollout.Text.Split('\n');
        string text = string.Concat(lines.Take(begun.Count(token => token == lineBreak)).Select(line => line + "\n"));
        var continuations = await sampler.ContinueAsync(problem, begun, options with { Seed = options.Seed + (ulong)begun.Length }, cancellationToken);
        return continuations.Average(continuation => continuation.Finished && StepVerifier.AnswersRight(problem, text + continuation.Text) ? 1.0 : 0.0);
    }
}
