using System.Globalization;
using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>How a solution goes wrong.</summary>
public enum FlawKind
{
    /// <summary>A step uses another number: one that does not matter, or one that belongs elsewhere.</summary>
    WrongOperand,

    /// <summary>A step adds where it should subtract, multiplies where it should divide, and so on.</summary>
    SwappedOperation,

    /// <summary>A step is left out, and what should use its value uses what it started from.</summary>
    MissingStep,

    /// <summary>The operation is right and its result is not.</summary>
    WrongCalculation,

    /// <summary>Two numbers of a question that has no answer are combined all the same.</summary>
    Guess,
}

/// <summary>A solution that is right up to a step and then goes consistently on with what came of it.</summary>
/// <param name="Step">Index from 0 of the first line that is wrong. When the last step is left out, the index of the answer's line.</param>
public sealed record FlawedSolution(FlawKind Kind, int Step, IReadOnlyList<SolutionStep> Steps)
{
    public int Answer => Steps[^1].Value;

    public string Solution => SolutionLines.Of(Steps) + WordProblem.AnswerMark + Answer.ToString(CultureInfo.InvariantCulture);

    /// <summary>The lines up to the wrong step, that one included.</summary>
    /// <param name="further">How many lines more.</param>
    public string Prefix(int further = 0) => SolutionLines.Of(Steps.Take(Step + 1 + further));
}

/// <summary>Plants one mistake in a worked solution, of the kinds that a model makes itself, and recomputes what follows from it.</summary>
public static partial class SolutionFlaw
{
    private const int Attempts = 20;
    private const int LargestValue = 999;

    // Mistakes of the plan are what a small model mostly makes when calculations are written out.
    private static readonly FlawKind[] Weighted =
    [
        FlawKind.WrongOperand, FlawKind.WrongOperand, FlawKind.WrongOperand, FlawKind.WrongOperand, FlawKind.SwappedOperation, FlawKind.SwappedOperation,
        FlawKind.MissingStep, FlawKind.MissingStep, FlawKind.WrongCalculation, FlawKind.WrongCalculation,
    ];

    /// <summary>Null when no mistake could be planted that changes the answer.</summary>
    /// <param name="kind">Null for any; a question without an answer gets a guess.</param>
    public static FlawedSolution? Plant(WordProblem problem, ProblemRandom random, FlawKind? kind = null)
    {
        // A guess may happen to be what can be worked out before the missing number is needed.
        if (problem.Answer is null)
            return Guess(problem, random) is { } guess && StepVerifier.Grade(problem, guess.Solution).FirstWrongStep == 0 ? guess : null;
        if (problem.Steps.Any(step => Operation(step) is null))
            return null;
        for (int attempt = 0; attempt < Attempts; attempt++)
            if (Plant(problem, kind ?? random.Pick(Weighted), random.Between(0, problem.Steps.Count - 1), random) is { } flawed && IsWhereItShouldBe(problem, flawed))
                return flawed;
        return null;
    }

    /// <summary>What a step computes, as planned; null when its equation does not begin with such an operation.</summary>
    public static (int Left, char Operator, int Right)? Operation(SolutionStep step) =>
        OperationPattern().Match(step.Equation) is { Success: true } match
            ? (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value[0], int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture))
            : null;

    private static FlawedSolution? Guess(WordProblem problem, ProblemRandom random)
    {
        (int Number, string Thing)[] told =
        [
            .. CountedPattern().Matches(problem.Question).Select(m => (int.TryParse(m.Groups[1].Value, CultureInfo.InvariantCulture, out int n) ? n : 0, m.Groups[2].Value))
                .Where(pair => pair.Item1 > 0),
        ];
        if (told.Length < 2)
            return null;
        var pair = random.PickSome(told, 2);
        int left = Math.Max(pair[0].Number, pair[1].Number), right = Math.Min(pair[0].Number, pair[1].Number);
        return Step(new(pair[0].Thing, "", 0), left, random.Chance(0.6) || left == right ? '+' : '-', right) is { } step ? new(FlawKind.Guess, 0, [step]) : null;
    }

    // By the verifier: another operation may do as well, and after a step is left out the next one may not need it.
    private static bool IsWhereItShouldBe(WordProblem problem, FlawedSolution flawed) =>
        StepVerifier.Grade(problem, flawed.Solution) is { AnswerCorrect: false } verdict && (verdict.FirstWrongStep ?? flawed.Steps.Count) == flawed.Step;

    private static FlawedSolution? Plant(WordProblem problem, FlawKind kind, int at, ProblemRandom random)
    {
        List<SolutionStep> steps = [];
        // The value that stands for each step's from then on.
        int[] values = new int[problem.Steps.Count];
        for (int i = 0; i < problem.Steps.Count; i++)
        {
            var gold = problem.Steps[i];
            var (left, op, right) = Operation(gold)!.Value;
            (left, right) = (Current(left, i), Current(right, i));
            if (i == at && kind == FlawKind.MissingStep)
            {
                if (problem.Steps.Count == 1)
                    return null;
                // An earlier result is what one would go on with; failing that, the first number.
                values[i] = problem.Steps.Take(i).Any(step => step.Value == right) ? right : left;
                continue;
            }
            if (i == at && kind == FlawKind.SwappedOperation)
                op = op switch { '+' => random.Pick("-*".ToCharArray()), '-' => '+', '*' => random.Pick("+/".ToCharArray()), _ => '*' };
            if (i == at && kind == FlawKind.WrongOperand)
            {
                int[] others = Others(problem, values.Take(i), left, right);
                if (others.Length == 0)
                    return null;
                if (random.Chance(0.5))
                    left = random.Pick(others);
                else
                    right = random.Pick(others);
            }
            if (Step(gold, left, op, right) is not { } step)
                return null;
            if (i == at && kind == FlawKind.WrongCalculation)
                step = Miscalculated(step, random);
            steps.Add(step);
            values[i] = step.Value;
        }
        return new(kind, at, steps);

        // A number that an earlier step computed is replaced by what that step came to.
        int Current(int number, int before)
        {
            for (int i = before - 1; i >= 0; i--)
                if (problem.Steps[i].Value == number)
                    return values[i];
            return number;
        }
    }

    /// <summary>Numbers of the question and values computed before, without the two that belong in the step.</summary>
    private static int[] Others(WordProblem problem, IEnumerable<int> values, int left, int right) =>
    [
        .. Numerals.In(problem.Question).Concat(values)
            .Where(n => n > 0 && n != left && n != right).Distinct(),
    ];

    // Null for what nobody would write down: a remainder, a debt, a number taken once or subtracted from itself, a value that no problem has.
    private static SolutionStep? Step(SolutionStep planned, int left, char op, int right) =>
        Worksheet.CanWrite(left, op, right) && Worksheet.Compute(left, op, right) is { } value and > 0 and <= LargestValue && !(op == '*' && Math.Min(left, right) == 1)
            ? planned with { Equation = Worksheet.Equation(left, op, right), Value = value }
            : null;

    private static SolutionStep Miscalculated(SolutionStep step, ProblemRandom random)
    {
        int wrong = Math.Abs(step.Value + random.Pick([-10, -2, -1, 1, 2, 10]));
        return step with { Equation = step.Equation[..(step.Equation.LastIndexOf('=') + 1)] + wrong.ToString(CultureInfo.InvariantCulture), Value = wrong };
    }

    [GeneratedRegex(@"^(\d+)([-+*/])(\d+)[=:]")]
    private static partial Regex OperationPattern();

    [GeneratedRegex(@"(\d+) ([a-z]+)")]
    private static partial Regex CountedPattern();
}
