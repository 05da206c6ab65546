using InferenceServer.Trainer.Rewards;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>A solution with a score after each of its tokens.</summary>
/// <param name="Tokens">Without the end token.</param>
/// <param name="Curve">Parallel to the tokens; the higher the better.</param>
/// <param name="Weight">How often it was sampled.</param>
public sealed record ScoredSample(int[] Tokens, StepLabels Labels, float[] Curve, int Weight = 1);

/// <summary>
/// How often a score ranks a right step above a wrong one of the same problem and step, everything before being right: the AUC within a problem. Pooled over
/// problems an AUC also rewards telling hard problems from easy ones, which helps nobody choose a sample.
/// </summary>
public static class StepRanking
{
    /// <summary>What one problem contributes.</summary>
    /// <param name="Won">Pairs ranked rightly; equal scores count half.</param>
    /// <param name="Different">Of the pairs, those whose texts differ by then: no score can tell the others apart.</param>
    public readonly record struct Count(double Won, double Pairs, double Different);

    /// <param name="part">How much of the step is written: 1 for its end.</param>
    public static Count Within(IReadOnlyList<ScoredSample> problem, double part)
    {
        (double won, double pairs, double different) = (0, 0, 0);
        foreach (var right in problem)
        {
            foreach (var wrong in problem)
            {
                int common = right.Tokens.AsSpan().CommonPrefixLength(wrong.Tokens);
                for (int s = 0; s < Math.Min(right.Labels.Count, wrong.Labels.Count) && right.Labels.Open(s) && wrong.Labels.Open(s); s++)
                {
                    if (right.Labels.Success[s] < 0.5 || wrong.Labels.Success[s] >= 0.5)
                        continue;
                    int i = right.Labels.At(s, part), j = wrong.Labels.At(s, part);
                    double weight = right.Weight * (double)wrong.Weight;
                    pairs += weight;
                    if (i == j && i < common)
                    {
                        won += weight / 2;
                        continue;
                    }
                    different += weight;
                    won += weight * (right.Curve[i] > wrong.Curve[j] ? 1 : right.Curve[i] == wrong.Curve[j] ? 0.5 : 0);
                }
            }
        }
        return new(won, pairs, different);
    }

    /// <summary>The AUC over all pairs of all problems, and their number.</summary>
    public static (double Auc, long Pairs) Auc(IEnumerable<IReadOnlyList<ScoredSample>> problems, double part)
    {
        (double won, double pairs) = (0, 0);
        foreach (var problem in problems)
        {
            var count = Within(problem, part);
            (won, pairs) = (won + count.Won, pairs + count.Pairs);
        }
        return (pairs == 0 ? double.NaN : won / pairs, (long)pairs);
    }

    /// <summary>The ordinary AUC of step ends, over all problems together.</summary>
    public static double Pooled(IEnumerable<IReadOnlyList<ScoredSample>> problems)
    {
        (float Score, bool Right)[] ends =
        [
            .. problems.SelectMany(samples => samples).SelectMany(sample =>
                Enumerable.Range(0, sample.Labels.Count).Select(s => (sample.Curve[sample.Labels.Ends[s]], sample.Labels.Success[s] >= 0.5))).OrderBy(end => end.Item1),
        ];
        double rightCount = ends.Count(end => end.Right), wrongBelow = 0, won = 0;
        for (int i = 0; i < ends.Length;)
        {
            int next = i;
            while (next < ends.Length && ends[next].Score == ends[i].Score)
                next++;
            double right = ends[i..next].Count(end => end.Right), wrong = next - i - right;
            won += right * (wrongBelow + wrong / 2);
            wrongBelow += wrong;
            i = next;
        }
        return won / (rightCount * (ends.Length - rightCount));
    }
}
