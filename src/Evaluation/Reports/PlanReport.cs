using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Statistics;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Reports;

/// <summary>One plan's figures; tokens, operations and milliseconds are means a problem.</summary>
/// <param name="Name">As the recipe calls it.</param>
/// <param name="Strategies">The plan with its defaults, as JSON.</param>
/// <param name="Temperature">Of the sampling.</param>
/// <param name="Samples">Answers to a problem that were counted.</param>
/// <param name="Accuracy">Share of right answers; Wilson's interval for single answers, a bootstrap over problems for several.</param>
/// <param name="Difference">Accuracy minus the first plan's on the same problems, bootstrap interval; null for the first.</param>
/// <param name="McNemarP">Exact test of that difference; null for the first and where answers are not single.</param>
/// <param name="OtherTokens">Of discarded candidates, forced text and scorers.</param>
/// <param name="PassAtK">k to the unbiased estimate; empty for single answers.</param>
public sealed record PlanReport(
    string Name, string Strategies, double Temperature, int Samples, Interval Accuracy, Interval? Difference, double? McNemarP,
    IReadOnlyDictionary<int, Interval> PassAtK,
    double PromptTokens, double CachedTokens, double AnswerTokens, double OtherTokens, double Flops, double Milliseconds)
{
    public static PlanReport Of(Arm plan, IReadOnlyList<ProblemOutcome> outcomes, IReadOnlyList<ProblemOutcome>? baseline)
    {
        bool single = plan.Samples == 1;
        double[] accuracies = [.. outcomes.Select(o => o.Accuracy)];
        Interval? difference = baseline is null ? null : Bootstrap.Mean([.. outcomes.Zip(baseline, (o, b) => o.Accuracy - b.Accuracy)]);
        double? p = baseline is null || !single || baseline[0].Samples > 1 ? null : McNemar.ExactP(
            onlyFirst: baseline.Zip(outcomes).Count(pair => pair.First.Correct > pair.Second.Correct),
            onlySecond: baseline.Zip(outcomes).Count(pair => pair.First.Correct < pair.Second.Correct));
        var passAtK = single ? [] : PowersOfTwo(plan.Samples).ToDictionary(
            k => k, k => Bootstrap.Mean([.. outcomes.Select(o => Trainer.Statistics.PassAtK.Estimate(o.Samples, o.Correct, k))]));
        return new(plan.Name, plan.Strategies, plan.Temperature, plan.Samples,
            single ? Wilson.Proportion(outcomes.Sum(o => o.Correct), outcomes.Count) : Bootstrap.Mean(accuracies), difference, p, passAtK,
            outcomes.Average(o => (double)o.Bill.Prompt), outcomes.Average(o => (double)o.Bill.Cached), outcomes.Average(o => (double)o.Bill.Answer),
            outcomes.Average(o => (double)o.Bill.Discarded + o.Bill.Forced + o.Bill.Scorer), outcomes.Average(o => o.Bill.Flops), outcomes.Average(o => o.Bill.Milliseconds));
    }

    /// <summary>1, 2, 4, ... and the number itself.</summary>
    private static IEnumerable<int> PowersOfTwo(int last)
    {
        for (int k = 1; k < last; k *= 2)
            yield return k;
        yield return last;
    }
}
