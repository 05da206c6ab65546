using System.Globalization;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// What is needed and what is given first, the last step checked before the answer (after Light-IF, arXiv:2508.03178): by the system line's request. The needs are
/// the plan; the given numbers are those that the solution uses, so sentences that do not matter are sorted out before the first step. The check undoes the last step.
/// </summary>
[Plugin("preview", "Needs and given numbers first, a check before the answer.", Paper = "arXiv:2508.03178")]
public sealed class PreviewFormat : ITrainingFormat
{
    public const string SystemLine = "List the needs first and check the answer.";
    public const string NeedMark = "Need:";
    public const string GivenMark = "Given:";

    /// <summary>Ends the line with the checked equation.</summary>
    public const string Holds = " holds.";

    public FormattedProblem? Write(WordProblem problem, HintBook hints, ProblemRandom random) => Of(problem);

    /// <summary>Null when the last step is not of the form a+b, a-b, a*b or a/b.</summary>
    public static FormattedProblem? Of(WordProblem problem)
    {
        var ask = FormattedProblem.Ask(SystemLine, problem.Question);
        if (problem.Answer is null)
            return new(ask, "", $"{NeedMark} {problem.Missing}.\n{GivenMark} {string.Join(", ", Numerals.In(problem.Question))}.\n{problem.Solution}");
        if (Check(problem.Steps[^1]) is not { } check)
            return null;
        string needs = string.Join(", ", problem.Steps.Select(step => step.Label));
        return new(ask, "", $"{NeedMark} {needs}.\n{GivenMark} {string.Join(", ", Used(problem))}.\n{SolutionLines.Of(problem.Steps)}{RecoveryFormat.CheckMark} {check}{Holds}\n{WordProblem.AnswerMark}{problem.Answer}");
    }

    // The question's numbers, in its order, that are operands of some step.
    private static IEnumerable<int> Used(WordProblem problem)
    {
        var operands = problem.Steps.Select(SolutionFlaw.Operation).OfType<(int Left, char, int Right)>().SelectMany(o => (int[])[o.Left, o.Right]).ToHashSet();
        return Numerals.In(problem.Question).Where(operands.Contains);
    }

    private static string? Check(SolutionStep step)
    {
        if (SolutionFlaw.Operation(step) is not var (left, op, right))
            return null;
        string inverse = op switch { '+' => $"{step.Value}-{right}={left}", '-' => $"{step.Value}+{right}={left}", '*' => $"{step.Value}/{left}={right}", _ => $"{right}*{step.Value}={left}" };
        return inverse.ToString(CultureInfo.InvariantCulture);
    }
}
