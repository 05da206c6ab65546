using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tasks;

/// <summary>What a verifier found in a solution.</summary>
/// <param name="AnswerCorrect">The last line's number equals the problem's answer.</param>
/// <param name="FirstWrongStep">Index from 0 of the first step that cannot be relied on; null when all steps hold.</param>
/// <param name="Feedback">What is wrong, in a sentence for the model or a person; null when nothing is.</param>
public sealed record Verdict(bool AnswerCorrect, int? FirstWrongStep, string? Feedback)
{
    public bool Passed => AnswerCorrect && FirstWrongStep is null;
}

/// <summary>
/// Judges solutions of word problems. <see cref="Check"/> needs only the text: does each step's equation hold? <see cref="Grade"/> also knows the worked
/// solution: does each step compute the planned value from the planned operands?
/// </summary>
public static partial class StepVerifier
{
    [GeneratedRegex(@"^[A-Za-z]+: (\d+)([-+*/])(\d+)(?:=(\d+)([-+])(\d+))?=(\d+)$")]
    private static partial Regex StepPattern();

    [GeneratedRegex(@"^#### (\d+)$")]
    private static partial Regex AnswerPattern();

    /// <summary>The number after the answer mark in the last line, or null.</summary>
    public static int? Answer(string solution)
    {
        var match = AnswerPattern().Match(solution[(solution.LastIndexOf('\n') + 1)..]);
        return match.Success && int.TryParse(match.Groups[1].Value, out int answer) ? answer : null;
    }

    /// <summary>Whether the last line gives the problem's answer, or says that there is none where there is none.</summary>
    public static bool AnswersRight(WordProblem problem, string solution) =>
        problem.Answer is { } answer ? Answer(solution) == answer : solution.EndsWith(WordProblem.AnswerMark + WordProblem.Unknown, StringComparison.Ordinal);

    /// <summary>Whether a step is well-formed and its equation holds, and the value it ends in.</summary>
    public static (bool Holds, int Value, string? Feedback) CheckStep(string step)
    {
        var match = StepPattern().Match(step);
        if (!match.Success || !int.TryParse(match.Groups[7].Value, out int value))
            return (false, 0, $"'{step}' is not of the form 'label: a+b=c'");
        if (Compute(match, 1) is not int left || left != value)
            return (false, value, $"{match.Groups[1]}{match.Groups[2]}{match.Groups[3]} is not {value}");
        if (match.Groups[4].Success && Compute(match, 4) != value)
            return (false, value, $"{match.Groups[4]}{match.Groups[5]}{match.Groups[6]} is not {value}");
        return (true, value, null);
    }

    /// <summary>Checks each equation and that the answer is the last step's value, without knowing the problem: a calculator, not a judge of the plan.</summary>
    public static Verdict Check(string solution)
    {
        string[] lines = solution.Split('\n');
        int last = -1;
        for (int i = 0; i < lines.Length - 1; i++)
        {
            var (holds, value, feedback) = CheckStep(lines[i]);
            if (!holds)
                return new(false, i, $"Step {i + 1}: {feedback}.");
            last = value;
        }
        return Answer(solution) == last && last >= 0 ? new(true, null, null) : new(false, null, "The answer is not the last step's value.");
    }

    /// <summary>Compares with the worked solution, step by step. A step after a wrong one is wrong as well.</summary>
    public static Verdict Grade(WordProblem problem, string solution)
    {
        string[] lines = solution.Split('\n');
        bool correct = AnswersRight(problem, solution);
        for (int i = 0; i < lines.Length - 1; i++)
        {
            var (holds, value, feedback) = CheckStep(lines[i]);
            if (!holds)
                return new(correct, i, $"Step {i + 1}: {feedback}.");
            if (i >= problem.Steps.Count)
                return new(correct, i, $"Step {i + 1}: the answer was known before it.");
            if (value != problem.Steps[i].Value || !SameOperation(lines[i], problem.Steps[i].Text))
                return new(correct, i, $"Step {i + 1}: this is not what the problem asks for here.");
        }
        if (correct && lines.Length - 1 < problem.Steps.Count)
            return new(correct, lines.Length - 1, $"Step {lines.Length} is missing.");
        return correct ? new(true, null, null) : new(false, null, "The answer is wrong.");
    }

    /// <summary>Same operator and operands; those of + and * in either order. Labels are free.</summary>
    private static bool SameOperation(string step, string planned)
    {
        Match a = StepPattern().Match(step), b = StepPattern().Match(planned);
        string op = a.Groups[2].Value;
        if (op != b.Groups[2].Value)
            return false;
        bool straight = a.Groups[1].Value == b.Groups[1].Value && a.Groups[3].Value == b.Groups[3].Value;
        bool swapped = a.Groups[1].Value == b.Groups[3].Value && a.Groups[3].Value == b.Groups[1].Value;
        return straight || (swapped && (op is "+" or "*"));
    }

    private static int? Compute(Match match, int group)
    {
        if (!int.TryParse(match.Groups[group].Value, out int a) || !int.TryParse(match.Groups[group + 2].Value, out int b) || a > 100_000 || b > 10_000)
            return null;
        return match.Groups[group + 1].Value switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            _ => b != 0 && a % b == 0 ? a / b : null,
        };
    }
}
