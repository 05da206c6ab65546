using System.Text.RegularExpressions;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Computes every equation of a solution again: "13+39=52", chains "87+46=120+13=133", and a calculation in parts "4*37: 4*30=120, 4*7=28, 120+28=148", whose last
/// value must be that of what stands before the colon. It knows nothing of the question: a calculator, not a judge of the plan.
/// </summary>
[Plugin("step_arithmetic", "Every equation in the steps holds when it is computed again.")]
public sealed partial class StepArithmeticVerifier : IVerifier<StepArithmeticOptions>
{
    private static readonly string[] WordsThatChangeTheNext = ["of", "half", "twice", "double", "triple", "times", "minus", "plus", "by", "than", "thrice"];

    public VerifierKind Kind => VerifierKind.Executable;

    public ValueTask<Verdict> VerifyAsync(StepArithmeticOptions options, Submission submission, CancellationToken cancellationToken)
    {
        bool any = false;
        int step = 0;
        foreach (string line in submission.Text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            step++;
            (int equations, string? wrong) = CheckLine(line);
            any |= equations > 0;
            if (wrong is not null)
                return new(Verdict.Fail(Kind, $"Step {step} is wrong: {wrong}.") with { Step = step });
        }
        return new(any ? Verdict.Pass(Kind) : Verdict.Unknown(Kind, "There is no equation to compute again."));
    }

    /// <summary>How many equations a line holds, and the first that does not, as "13+39 is not 53".</summary>
    public static (int Equations, string? Wrong) CheckLine(string line)
    {
        line = TimesLetter().Replace(Currency().Replace(line, ""), "*");
        int equations = 0;
        string? whole = null, last = null;
        foreach (Match run in Run().Matches(line))
        {
            // Only a colon right behind it makes a sum the whole of what follows.
            bool announces = !run.Value.Contains('=', StringComparison.Ordinal) && run.Index + run.Length < line.Length && line[run.Index + run.Length] == ':';
            if (announces)
            {
                whole = HasOperator(run.Value) && Expression.Evaluate(run.Value) is not null ? run.Value.Trim() : null;
                continue;
            }
            foreach (string[] sides in Equations(line, run))
            {
                for (int i = 0; i + 1 < sides.Length; i++)
                {
                    if (!HasOperator(sides[i]) && !HasOperator(sides[i + 1]))
                        continue;
                    if (Holds(sides[i], sides[i + 1]) is not bool holds)
                        continue;
                    equations++;
                    if (!holds)
                        return (equations, $"{sides[i].Trim()} is not {sides[i + 1].Trim()}");
                }
                last = sides[^1];
            }
        }
        return whole is not null && last is not null && Holds(whole, last) == false ? (equations, $"{whole} is not {last.Trim()}") : (equations, null);
    }

    /// <summary>The equations of a run of figures, each as its sides.</summary>
    private static IEnumerable<string[]> Equations(string line, Match run)
    {
        string[] parts = ListComma().Split(run.Value);
        for (int p = 0; p < parts.Length; p++)
        {
            List<string> sides = [.. parts[p].Split('=')];
            // A letter or a word at the border belongs to the outermost side: "x+2=10", "10=2x", "half of 6=3".
            if (sides.Count > 0 && (sides[0].Trim().Length == 0 || "+*/^".Contains(sides[0].Trim()[0], StringComparison.Ordinal) || (p == 0 && IsChangedBefore(line, run.Index))))
                sides.RemoveAt(0);
            if (sides.Count > 0 && (sides[^1].Trim().Length == 0 || "+-*/^(".Contains(sides[^1].Trim()[^1], StringComparison.Ordinal)
                || (p == parts.Length - 1 && IsVariable(line, run.Index + run.Length))))
                sides.RemoveAt(sides.Count - 1);
            if (sides.Count > 1)
                yield return [.. sides];
        }
    }

    private static bool IsChangedBefore(string line, int at)
    {
        string before = line[..at].TrimEnd();
        return (before.Length > 0 && before.Length == at && char.IsAsciiLetter(before[^1])) || WordsThatChangeTheNext.Contains(LastWord().Match(before).Value.ToLowerInvariant())
            || (line[at..].TrimStart().StartsWith('-') && before.Length > 0 && char.IsLetter(before[^1]));
    }

    /// <summary>One letter right behind a number is a variable, several are a unit.</summary>
    private static bool IsVariable(string line, int at) =>
        at < line.Length && char.IsAsciiLetter(line[at]) && at > 0 && char.IsAsciiDigit(line[at - 1]) && (at + 1 == line.Length || !char.IsAsciiLetter(line[at + 1]));

    private static bool HasOperator(string side) => Expression.Evaluate(side) is not null && Operator().IsMatch(side.Trim());

    /// <summary>A right side with decimals may be rounded to them.</summary>
    private static bool? Holds(string left, string right)
    {
        if (Expression.Evaluate(left) is not double a || Expression.Evaluate(right) is not double b)
            return null;
        if (!double.IsFinite(a) || !double.IsFinite(b))
            return false;
        int decimals = Decimals().Match(right.Trim()) is { Success: true } match ? match.Groups[1].Length : 0;
        return Math.Abs(a - b) <= (decimals > 0 ? 0.5000001 * Math.Pow(10, -decimals) : 1e-9 * Math.Max(1, Math.Abs(a)));
    }

    [GeneratedRegex(@"(?<=\d)\s*[xX]\s*(?=\d)")]
    private static partial Regex TimesLetter();

    [GeneratedRegex(@"[$€£](?=\d)")]
    private static partial Regex Currency();

    [GeneratedRegex(@"[-+*/×÷·−^().,%=\d][-+*/×÷·−^().,%=\d \t]*")]
    private static partial Regex Run();

    [GeneratedRegex(@",(?!\d{3}(?!\d))|(?<![\d)%\s])\.(?!\d)|(?<=\d)\.\s")]
    private static partial Regex ListComma();

    [GeneratedRegex(@"(?<=[\d)%\s])[-+*/×÷·−^]")]
    private static partial Regex Operator();

    [GeneratedRegex(@"\p{L}+$")]
    private static partial Regex LastWord();

    [GeneratedRegex(@"^-?[\d,]*\.(\d+)$")]
    private static partial Regex Decimals();
}

public sealed record StepArithmeticOptions : VerifierOptions;
