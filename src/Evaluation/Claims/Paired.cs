using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Evaluation.Statistics;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>Comparisons on the same problems: what makes a problem hard cancels.</summary>
internal static class Paired
{
    public static Interval Difference(IReadOnlyList<double> of, IReadOnlyList<double> from) => Bootstrap.Mean([.. of.Zip(from, (a, b) => a - b)]);

    /// <summary>A ratio of sums over the same problems.</summary>
    public static Interval Share(IReadOnlyList<double> of, IReadOnlyList<double> whole) => Bootstrap.Ratio([.. of.Zip(whole)]);

    public static double[] Accuracy(IReadOnlyList<TrialOutcome> outcomes, IReadOnlyList<Problem> problems) => [.. ProblemOutcome.Of(outcomes, problems).Select(o => o.Accuracy)];

    /// <summary>A table of arms, each against a control among them.</summary>
    /// <param name="caption">Above the table.</param>
    /// <param name="arms">Name, accuracy by problem, outcomes.</param>
    /// <param name="control">Which arm the others are compared with.</param>
    public static ClaimTable Table(string caption, IReadOnlyList<MeasuredArm> arms, int control = 0) => new(
        caption, ["plan", "accuracy", $"difference from {arms[control].Name}", "p", "prompt tokens", "other tokens", "GFLOPs"],
        [.. arms.Select((arm, i) => (IReadOnlyList<string>)
        [
            arm.Name, Figures.Percent(Bootstrap.Mean(arm.Accuracy)), i == control ? "" : Figures.Points(Difference(arm.Accuracy, arms[control].Accuracy)),
            i == control || arm.Samples > 1 || arms[control].Samples > 1 ? "" : Figures.P(McNemarP(arms[control].Accuracy, arm.Accuracy)),
            Figures.Tokens(arm.PromptTokens.Average()), Figures.Tokens(arm.CompletionTokens.Average()), Figures.GigaFlops(arm.Flops.Average()),
        ])]);

    public static double McNemarP(IReadOnlyList<double> first, IReadOnlyList<double> second) => McNemar.ExactP(
        first.Zip(second).Count(pair => pair.First > pair.Second), first.Zip(second).Count(pair => pair.First < pair.Second));
}

/// <summary>An arm's outcomes by problem; tokens and operations are those of one answer.</summary>
internal sealed record MeasuredArm(string Name, int Samples, double[] Accuracy, double[] PromptTokens, double[] CompletionTokens, double[] Flops)
{
    public static MeasuredArm Of(Arm arm, IReadOnlyList<TrialOutcome> outcomes, IReadOnlyList<Problem> problems) => new(
        arm.Name, arm.Samples, Paired.Accuracy(outcomes, problems), [.. outcomes.Select(o => o.Bill.Prompt / (double)arm.Samples)],
        [.. outcomes.Select(o => o.Bill.Completion / (double)arm.Samples)], [.. outcomes.Select(o => o.Bill.Flops / arm.Samples)]);
}
