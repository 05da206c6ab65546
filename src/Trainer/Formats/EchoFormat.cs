using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// The question restated as an anchor (after "Echoes as Anchors", arXiv:2602.06600): at the start when the system line asks for it, and in the middle of a
/// solution when the text is forced to go on with the mark. The restated question also pulls a solution back whose last step is wrong.
/// </summary>
[Plugin("echo", "The question restated, first or in the middle of the solution.", Paper = "arXiv:2602.06600")]
public sealed class EchoFormat : ITrainingFormat
{
    public const string SystemLine = "Restate the question first.";

    /// <summary>Begins the line with the restated question.</summary>
    public const string Mark = "Question:";

    public FormattedProblem Write(WordProblem problem, HintBook hints, ProblemRandom random)
    {
        if (problem.Steps.Count < 2 || random.Chance(0.5))
            return First(problem);
        var flaw = random.Chance(0.4) ? SolutionFlaw.Plant(problem, random) : null;
        if (flaw is not null && flaw.Step < flaw.Steps.Count)
            return Between(problem, flaw.Prefix(), RecoveryFormat.Correction(problem, flaw.Step));
        int steps = random.Between(1, problem.Steps.Count - 1);
        return Between(problem, SolutionLines.Of(problem.Steps.Take(steps)), SolutionLines.From(problem, steps));
    }

    /// <summary>Restated before the first step, by the system line's request.</summary>
    public static FormattedProblem First(WordProblem problem) =>
        new(FormattedProblem.Ask(SystemLine, problem.Question), "", $"{Mark} {problem.Question}\n{problem.Solution}");

    /// <summary>Restated after some lines, by force: the given text ends with the mark.</summary>
    /// <param name="before">The lines before it.</param>
    /// <param name="after">What follows the restated question.</param>
    public static FormattedProblem Between(WordProblem problem, string before, string after) =>
        new(FormattedProblem.Ask(null, problem.Question), before + Mark, $" {problem.Question}\n{after}");
}
