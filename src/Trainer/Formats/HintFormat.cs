using InferenceServer.Modeling.Text;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// Lines with hints before the question (after "Metacognitive Reuse", arXiv:2509.13237): the move that the problem needs, the plan's labels, or a handbook of
/// several hints of which one fits or none. About a quarter are wrong, so that a right hint helps and a wrong one does no harm.
/// </summary>
[Plugin("hint", "Hints before the question, some of them wrong.", Paper = "arXiv:2509.13237")]
public sealed class HintFormat : ITrainingFormat
{
    public const string Mark = "Hint:";

    /// <summary>Lines of the longest handbook.</summary>
    public const int MostHints = 4;

    public FormattedProblem? Write(WordProblem problem, HintBook hints, ProblemRandom random)
    {
        bool right = random.Chance(0.75);
        string[] lines = random.Between(0, 9) switch
        {
            < 4 => right ? [.. problem.Hint is null ? [] : (string[])[problem.Hint]] : hints.Others(problem.Hint, 1, random),
            < 7 => right ? Handbook(problem, hints, random.Between(2, MostHints), random) : hints.Others(problem.Hint, random.Between(2, MostHints), random),
            _ => problem.Answer is null ? [] : [right ? Plan(problem) : WrongPlan(problem, random)],
        };
        return lines.Length == 0 ? null : WithHints(problem, lines);
    }

    public static FormattedProblem WithHints(WordProblem problem, IEnumerable<string> hints) => new(Messages(problem, hints), "", problem.Solution);

    /// <summary>The question with a line for each hint before it.</summary>
    public static ChatMessage[] Messages(WordProblem problem, IEnumerable<string> hints) =>
        FormattedProblem.Ask(null, string.Concat(hints.Select(hint => $"{Mark} {hint}\n")) + problem.Question);

    /// <summary>What the solution computes, in order.</summary>
    public static string Plan(WordProblem problem) => string.Join(", ", problem.Steps.Select(step => step.Label)) + ".";

    /// <summary>The fitting hint among others, in any order; empty when the problem has no hint.</summary>
    public static string[] Handbook(WordProblem problem, HintBook hints, int count, ProblemRandom random)
    {
        if (problem.Hint is null)
            return [];
        string[] lines = [problem.Hint, .. hints.Others(problem.Hint, count - 1, random)];
        random.Shuffle(lines);
        return lines;
    }

    // In another order, or with a label too few: what a careless planner would write.
    private static string WrongPlan(WordProblem problem, ProblemRandom random)
    {
        string[] labels = [.. problem.Steps.Select(step => step.Label)];
        random.Shuffle(labels);
        return string.Join(", ", labels.Length > 2 && random.Chance(0.5) ? labels[1..] : labels) + ".";
    }
}
