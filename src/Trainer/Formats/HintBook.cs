using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>The hints that occur in a task: short general instructions, each for all problems that need the same move.</summary>
public sealed record HintBook(IReadOnlyList<string> Hints)
{
    /// <summary>Those of a task's first problems.</summary>
    public static HintBook Of(WordProblemTask task, int problems = 2000) =>
        new([.. task.Problems(0, problems).Select(p => p.Hint).OfType<string>().Distinct().Order(StringComparer.Ordinal)]);

    /// <summary>Up to <paramref name="count"/> different hints other than <paramref name="right"/>.</summary>
    public string[] Others(string? right, int count, ProblemRandom random)
    {
        string[] others = [.. Hints.Where(hint => hint != right)];
        return random.PickSome(others, Math.Min(count, others.Length));
    }
}
