using System.Globalization;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>What a line of a completion is.</summary>
internal enum LineKind
{
    /// <summary>A step or the answer.</summary>
    Solution,

    /// <summary>A restated question, or a preview.</summary>
    Note,

    /// <summary>Says that an equation holds.</summary>
    Check,

    /// <summary>Says that a step is wrong, which is then done again.</summary>
    TakesBack,
}

/// <summary>The lines of a solution, and which of a completion's lines are steps: formats add lines of other kinds.</summary>
public static class SolutionLines
{
    private static readonly string[] NoteMarks = [EchoFormat.Mark, PreviewFormat.NeedMark, PreviewFormat.GivenMark];

    /// <summary>Steps as text, each with its line break.</summary>
    public static string Of(IEnumerable<SolutionStep> steps) => string.Concat(steps.Select(step => step.Text + "\n"));

    /// <summary>The worked solution from a step on.</summary>
    /// <param name="step">From 0.</param>
    public static string From(WordProblem problem, int step) => problem.Solution[Of(problem.Steps.Take(step)).Length..];

    /// <summary>
    /// The solution that a completion comes to: without restated questions, previews and checks, and without the steps that it took back. What a verifier of steps
    /// and answers is to judge. A step that was not taken back stays, right or wrong.
    /// </summary>
    public static string Settled(string completion)
    {
        List<string> chain = [];
        foreach (string line in completion.Split('\n'))
            Settle(chain, line);
        return string.Join('\n', chain);
    }

    /// <summary>The step that a line takes back, from 0 and as written: there may be no such step. Null when it takes none back.</summary>
    public static int? TakenBack(string line) =>
        RecoveryFormat.CheckPattern().Match(line) is { Success: true } check ? int.Parse(check.Groups[1].Value, CultureInfo.InvariantCulture) - 1 : null;

    /// <summary>The lines that say of an equation that it holds, or fail to.</summary>
    public static IEnumerable<string> Checks(string completion) =>
        completion.Split('\n').Where(line => line.StartsWith(RecoveryFormat.CheckMark, StringComparison.Ordinal) && TakenBack(line) is null);

    /// <summary>Whether such a line says so of an equation, and rightly.</summary>
    public static bool Holds(string check) =>
        check.EndsWith(PreviewFormat.Holds, StringComparison.Ordinal) && StepVerifier.CheckStep(check[..^PreviewFormat.Holds.Length]).Holds;

    /// <summary>Reads a completion's next line: a step or answer joins the settled chain, a line that takes a step back removes it and what came after.</summary>
    internal static LineKind Settle(List<string> chain, string line)
    {
        if (TakenBack(line) is { } step)
        {
            int kept = Math.Clamp(step, 0, chain.Count);
            chain.RemoveRange(kept, chain.Count - kept);
            return LineKind.TakesBack;
        }
        if (line.StartsWith(RecoveryFormat.CheckMark, StringComparison.Ordinal))
            return LineKind.Check;
        if (Array.Exists(NoteMarks, mark => line.StartsWith(mark, StringComparison.Ordinal)))
            return LineKind.Note;
        chain.Add(line);
        return LineKind.Solution;
    }
}
