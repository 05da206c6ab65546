using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>
/// How often a score ranks a right step above a wrong one of the same problem and step index, everything before being right: the AUC within a problem.
/// Pooled over problems an AUC also rewards telling hard problems from easy ones, which helps nobody choose a sample.
/// </summary>
public static class StepRanking
{
    /// <param name="score">Score of a solution's step that ends at a token (and began after the previous end), higher for better.</param>
    /// <returns>The AUC and the number of pairs behind it.</returns>
    public static (double Auc, long Pairs) Within(IEnumerable<RolloutGroup> groups, int lineBreak, Func<Rollout, int, int, double> score)
    {
        double wins = 0;
        long pairs = 0;
        foreach (var group in groups)
        {
            var steps = new Dictionary<int, (List<double> Right, List<double> Wrong)>();
            foreach (var rollout in group.Rollouts)
            {
                var labels = StepLabels.Of(group.Problem, rollout, lineBreak);
                for (int s = 0; s < labels.Ends.Length && (s == 0 || labels.Correct[s - 1]); s++)
                {
                    if (!steps.TryGetValue(s, out var lists))
                        steps[s] = lists = ([], []);
                    (labels.Correct[s] ? lists.Right : lists.Wrong).Add(score(rollout, s == 0 ? 0 : labels.Ends[s - 1] + 1, labels.Ends[s]));
                }
            }
            foreach (var (right, wrong) in steps.Values)
            {
                wins += right.Sum(r => wrong.Sum(w => r > w ? 1 : r == w ? 0.5 : 0));
                pairs += (long)right.Count * wrong.Count;
            }
        }
        return (pairs == 0 ? double.NaN : wins / pairs, pairs);
    }

    /// <summary>The value head's score once the step is written: what is read before the next token, or at the end token.</summary>
    public static double Value(Rollout rollout, int start, int end) => rollout.Values[Math.Min(end + 1, rollout.Values.Length - 1)];

    /// <summary>The least likely token of the step: the baseline that needs no training.</summary>
    public static double SmallestLogProb(Rollout rollout, int start, int end) => rollout.LogProbs[start..(end + 1)].Min();
}
