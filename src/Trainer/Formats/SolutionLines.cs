using System.Globalization;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>The lines of a solution, and which of a completion's lines are steps: formats add lines of other kinds.</summary>
public static partial class SolutionLines
{
    private static readonly string[] OtherMarks = [EchoFormat.Mark, PreviewFormat.NeedMark, PreviewFormat.GivenMark, RecoveryFormat.CheckMark];

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
        List<string> lines = [];
        foreach (string line in completion.Split('\n'))
        {
            if (RecoveryFormat.CheckPattern().Match(line) is { Success: true } check)
            {
                int kept = Math.Clamp(int.Parse(check.Groups[1].Value, CultureInfo.InvariantCulture) - 1, 0, lines.Count);
                lines.RemoveRange(kept, lines.Count - kept);
            }
            else if (!Array.Exists(OtherMarks, mark => line.StartsWith(mark, StringComparison.Ordinal)))
                lines.Add(line);
        }
        return string.Join('\n', lines);
    }
}
