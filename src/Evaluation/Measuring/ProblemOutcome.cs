namespace InferenceServer.Evaluation.Measuring;

/// <summary>What one arm did with one problem.</summary>
/// <param name="Samples">Answers given.</param>
/// <param name="Correct">Of those, how many were right.</param>
/// <param name="Bill">What it cost, all samples together.</param>
public sealed record ProblemOutcome(int Samples, int Correct, TrialBill Bill)
{
    /// <summary>Share of right answers, 0 or 1 for a single one.</summary>
    public double Accuracy => Correct / (double)Samples;

    public static ProblemOutcome Of(TrialOutcome outcome, Problem problem) =>
        new(outcome.Answers.Count, outcome.Answers.Count(answer => answer.AbstainedAt is null && problem.IsRight(answer.Text)), outcome.Bill);

    public static ProblemOutcome[] Of(IReadOnlyList<TrialOutcome> outcomes, IReadOnlyList<Problem> problems) => [.. outcomes.Zip(problems, Of)];
}
