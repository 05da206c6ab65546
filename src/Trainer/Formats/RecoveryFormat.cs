using System.Text.RegularExpressions;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// A wrong step in the completion, noticed and done again (after arXiv:2512.17079): the beginning, up to the wrong step or one step further on its track, is
/// given; the model says which step is wrong and goes on from there. Nothing in the given text gives the mistake away.
/// </summary>
[Plugin("recovery", "A wrong step given, noticed and done again.", Paper = "arXiv:2512.17079")]
public sealed partial class RecoveryFormat : ITrainingFormat
{
    /// <summary>Begins a line that judges the lines before it.</summary>
    public const string CheckMark = "Check:";

    [GeneratedRegex(@"^Check: step (\d{1,2}) is wrong\.$")]
    internal static partial Regex CheckPattern();

    public FormattedProblem? Write(WordProblem problem, HintBook hints, ProblemRandom random)
    {
        var flaw = SolutionFlaw.Plant(problem, random);
        if (flaw is null || flaw.Step >= flaw.Steps.Count)
            return null;
        int further = random.Chance(0.2) && flaw.Step + 1 < flaw.Steps.Count ? 1 : 0;
        return Recover(problem, flaw, further);
    }

    /// <param name="further">Steps after the wrong one, on its track, that are given as well.</param>
    public static FormattedProblem Recover(WordProblem problem, FlawedSolution flaw, int further = 0) =>
        new(FormattedProblem.Ask(null, problem.Question), flaw.Prefix(further), Correction(problem, flaw.Step));

    /// <summary>The line that takes a step back, and the worked solution from there.</summary>
    /// <param name="step">From 0.</param>
    public static string Correction(WordProblem problem, int step) => $"{CheckMark} step {step + 1} is wrong.\n{SolutionLines.From(problem, step)}";
}
