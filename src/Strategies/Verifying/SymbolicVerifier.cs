using System.ComponentModel;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Compares the final answer with the reference as formulas. Two formulas are held equal when they agree at random points: for polynomials a wrong "equal" has
/// probability zero up to rounding (Schwartz 1980; Zippel 1979), and nothing has to be simplified.
/// </summary>
[Plugin("symbolic", "The final answer is a formula equal to the reference.")]
public sealed class SymbolicVerifier : IVerifier<SymbolicOptions>
{
    private const int Points = 12;

    public VerifierKind Kind => VerifierKind.Reference;

    public ValueTask<Verdict> VerifyAsync(SymbolicOptions options, Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Answer is not { } answer)
            return new(Verdict.Fail(Kind, "There is no final answer."));
        if (AnswerEquality.Matches(answer, options.Reference) || AreEqual(answer.Text, options.Reference) == true)
            return new(Verdict.Pass(Kind));
        return new(Verdict.Fail(Kind, "The final answer is wrong."));
    }

    public PlanProblem? Check(SymbolicOptions options, ILanguageModel model) =>
        Value(RightSide(options.Reference), 0) is null ? new("reference", $"'{options.Reference}' is no formula of + - * / ^ sqrt, numbers and single letters.") : null;

    /// <summary>Null when one of them is no formula.</summary>
    public static bool? AreEqual(string a, string b)
    {
        (a, b) = (RightSide(a), RightSide(b));
        int compared = 0;
        for (int point = 0; point < Points; point++)
        {
            if (Value(a, point) is not double x || Value(b, point) is not double y)
                return null;
            // Outside somebody's domain, the root of a negative number for instance: the next point decides.
            if (!double.IsFinite(x) && !double.IsFinite(y))
                continue;
            if (!(Math.Abs(x - y) <= 1e-9 * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y)))))
                return false;
            compared++;
        }
        return compared > 0;
    }

    /// <summary>Each letter has a value of its own at each point, from 0.5 to 3.</summary>
    private static double? Value(string text, int point) => Expression.Evaluate(text, letter => 0.5 + 2.5 * Fraction(letter * 0.6180339887 + point * 0.7548776662 + letter * point * 0.1234567));

    private static double Fraction(double x) => x - Math.Floor(x);

    /// <summary>"x = 5" answers with its right side.</summary>
    private static string RightSide(string text)
    {
        text = text.Trim().Trim('$').TrimEnd('.').Trim();
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && text[..equals].Trim().Length == 1 && char.IsAsciiLetter(text[0]) ? text[(equals + 1)..].Trim() : text;
    }
}

public sealed record SymbolicOptions : VerifierOptions
{
    [Description("The right answer, a formula such as 2(x+1) or \\frac{x}{2}.")]
    public required string Reference { get; init; }
}
