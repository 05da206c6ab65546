using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tasks;

/// <summary>What a verifier found in a solution.</summary>
/// <param name="AnswerCorrect">The last line gives the problem's answer.</param>
/// <param name="FirstWrongStep">Index from 0 of the first step that cannot be relied on; null when all steps hold.</param>
/// <param name="Feedback">What is wrong, in a sentence for the model or a person; null when nothing is.</param>
public sealed record Verdict(bool AnswerCorrect, int? FirstWrongStep, string? Feedback)
{
    public bool Passed => AnswerCorrect && FirstWrongStep is null;
}

/// <summary>
/// Judges solutions of word problems. <see cref="Check"/> needs only the text: does each equation hold? <see cref="Grade"/> also knows the worked solution:
/// does each step compute a planned value from the planned operands, once their own steps are done?
/// </summary>
public static partial class StepVerifier
{
    private static readonly Verdict Right = new(true, null, null);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z' -]*: (\d+)([-+*/])(\d+)(?:=(\d+)|: (\d+[-+*/]\d+=\d+(?:, \d+[-+*/]\d+=\d+)*))$")]
    private static partial Regex StepPattern();

    [GeneratedRegex(@"(\d+)([-+*/])(\d+)=(\d+)")]
    private static partial Regex PartPattern();

    [GeneratedRegex(@"^#### (\d+|unknown)$")]
    private static partial Regex AnswerPattern();

    [GeneratedRegex($@"^(?:[A-Za-z][A-Za-z' -]*, )?{WordProblem.MissingMark}(.+)$")]
    private static partial Regex MissingPattern();

    /// <summary>What a step says, whether or not it holds.</summary>
    private readonly record struct Operation(int Left, char Operator, int Right, int Value)
    {
        /// <summary>Same operator, operands and value; the operands of + and * in either order.</summary>
        public bool Is(Operation other) => Operator == other.Operator && Value == other.Value
            && ((Left == other.Left && Right == other.Right) || (Operator is '+' or '*' && Left == other.Right && Right == other.Left));

        public string? Wrong => Worksheet.Compute(Left, Operator, Right) == Value ? null : string.Create(CultureInfo.InvariantCulture, $"{Left}{Operator}{Right} is not {Value}");
    }

    /// <summary>What follows the answer mark in the last line, a number or "unknown"; null when there is nothing of the kind.</summary>
    public static string? AnswerText(string solution)
    {
        var match = AnswerPattern().Match(solution[(solution.LastIndexOf('\n') + 1)..]);
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>The number after the answer mark in the last line; null when there is none.</summary>
    public static int? Answer(string solution) => int.TryParse(AnswerText(solution), NumberStyles.None, CultureInfo.InvariantCulture, out int answer) ? answer : null;

    /// <summary>Whether the last line gives the problem's answer, or says that there is none where there is none.</summary>
    public static bool AnswersRight(WordProblem problem, string solution) =>
        problem.Answer is { } answer ? Answer(solution) == answer : AnswerText(solution) == WordProblem.Unknown;

    /// <summary>Whether a step is well-formed and each of its equations holds, and the value it ends in.</summary>
    public static (bool Holds, int Value, string? Feedback) CheckStep(string step)
    {
        var (operation, feedback) = Read(step);
        return (feedback is null, operation.Value, feedback);
    }

    /// <summary>
    /// Checks each equation and that the answer is the last step's value, without knowing the problem: a calculator, not a judge of the plan. That something
    /// is missing cannot be calculated and passes.
    /// </summary>
    public static Verdict Check(string solution)
    {
        string[] lines = solution.Split('\n');
        bool unknown = AnswerText(solution) == WordProblem.Unknown;
        int last = -1, steps = lines.Length - (unknown ? 2 : 1);
        if (unknown && (steps < 0 || !IsMissing(lines[steps])))
            return new(false, Math.Max(0, steps), $"Step {Math.Max(0, steps) + 1}: 'unknown' needs a line '{WordProblem.MissingMark}...' before it.");
        for (int i = 0; i < steps; i++)
        {
            var (holds, value, feedback) = CheckStep(lines[i]);
            if (!holds)
                return new(false, i, $"Step {i + 1}: {feedback}.");
            last = value;
        }
        return unknown || (Answer(solution) == last && last >= 0) ? Right : new(false, null, "The answer is not the last step's value.");
    }

    /// <summary>
    /// Compares with the worked solution. A step is right when it is one of the planned ones, not done yet, and what it needs is done; steps that do not need
    /// one another may come in any order, and labels are free. A step after a wrong one is wrong as well.
    /// </summary>
    public static Verdict Grade(WordProblem problem, string solution)
    {
        string[] lines = solution.Split('\n');
        bool correct = AnswersRight(problem, solution);
        List<Operation> open = [.. problem.Steps.Select(step => Read(step.Text).Operation)];
        HashSet<int> computed = [.. open.Select(step => step.Value)], told = [.. Numerals.In(problem.Question)], done = [];
        bool isMissingSaid = false;
        for (int i = 0; i < lines.Length - 1; i++)
        {
            if (isMissingSaid)
                return new(correct, i, $"Step {i + 1}: nothing can be computed any more.");
            if (IsMissing(lines[i]))
            {
                if (problem.Answer is not null)
                    return new(correct, i, $"Step {i + 1}: nothing is missing.");
                if (MissingPattern().Match(lines[i]).Groups[1].Value != problem.Missing)
                    return new(correct, i, $"Step {i + 1}: this is not what is missing.");
                isMissingSaid = true;
                continue;
            }
            var (step, feedback) = Read(lines[i]);
            if (feedback is not null)
                return new(correct, i, $"Step {i + 1}: {feedback}.");
            if (open.Count == 0 && problem.Answer is not null)
                return new(correct, i, $"Step {i + 1}: the answer was known before it.");
            int planned = open.FindIndex(step.Is);
            if (planned < 0 || !IsKnown(step.Left) || !IsKnown(step.Right))
                return new(correct, i, $"Step {i + 1}: this is not what the problem asks for here.");
            open.RemoveAt(planned);
            done.Add(step.Value);
        }
        if (correct && (problem.Answer is null ? !isMissingSaid : open.Count > 0))
            return new(correct, lines.Length - 1, $"Step {lines.Length} is missing.");
        return correct ? Right : new(false, null, "The answer is wrong.");

        // Told in the question, computed before, or neither of the two and so common knowledge, such as the minutes of an hour.
        bool IsKnown(int number) => told.Contains(number) || done.Contains(number) || !computed.Contains(number);
    }

    private static bool IsMissing(string line) => MissingPattern().IsMatch(line);

    /// <summary>Reads a step's operation and value; the feedback says why it does not hold.</summary>
    private static (Operation Operation, string? Feedback) Read(string step)
    {
        var match = StepPattern().Match(step);
        if (!match.Success || !TryRead(match.Groups[1], match.Groups[2], match.Groups[3], match.Groups[4], out var operation))
            return (default, $"'{step}' is not of the form 'label: a+b=c'");
        if (!match.Groups[5].Success)
            return (operation, operation.Wrong);
        foreach (Match part in PartPattern().Matches(match.Groups[5].Value))
        {
            if (!TryRead(part.Groups[1], part.Groups[2], part.Groups[3], part.Groups[4], out var equation))
                return (operation, $"'{part.Value}' has too large a number");
            operation = operation with { Value = equation.Value };
            if (equation.Wrong is { } wrong)
                return (operation, wrong);
        }
        return (operation, operation.Wrong);
    }

    private static bool TryRead(Group left, Group op, Group right, Group value, out Operation operation)
    {
        bool read = TryNumber(left, out int a) & TryNumber(right, out int b) & TryNumber(value, out int c);
        operation = new(a, op.Value[0], b, c);
        return read;
    }

    /// <summary>Four digits are enough for any problem, and no product of two such numbers overflows.</summary>
    private static bool TryNumber(Group group, out int number)
    {
        number = 0;
        return !group.Success || (group.Length <= 4 && int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }
}
