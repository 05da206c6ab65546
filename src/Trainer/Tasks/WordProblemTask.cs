namespace InferenceServer.Trainer.Tasks;

/// <summary>Which sentence templates and families a stream draws from.</summary>
public enum Split
{
    /// <summary>The trained families without their held-out templates.</summary>
    Training,

    /// <summary>The trained families; every problem has a sentence of a held-out template.</summary>
    HeldOutTemplates,

    /// <summary>Families that training never sees.</summary>
    HeldOutFamilies,
}

/// <summary>
/// Arithmetic word problems of several families and five tiers: the data and, in <see cref="StepVerifier"/>, the judge of a solution. A problem is a
/// function of (seed, index): sets of different seeds are disjoint streams, save for a few short problems that occur twice and are kept out of training.
/// </summary>
public sealed class WordProblemTask(ulong seed, Split split = Split.Training, IReadOnlySet<string>? excludedQuestions = null)
{
    public const int Tiers = 5;

    private static readonly Func<ProblemRandom, int, WordProblem>[] Families = [ChainProblems.Generate, ComparisonProblems.Generate, ShopProblems.Generate];

    /// <summary>Share of problems that cannot be answered.</summary>
    public double UnanswerableShare { get; init; } = split == Split.Training ? 0.12 : 0;

    /// <summary>The problem at a position of the stream. Tiers and families are uniform.</summary>
    public WordProblem Problem(long index)
    {
        var random = new ProblemRandom(seed, (ulong)index);
        int steps = random.Between(1, Tiers);
        var family = random.Pick(Families);
        while (true)
        {
            try
            {
                var problem = family(random, steps);
                if (problem.Steps.Count == steps && excludedQuestions?.Contains(problem.Question) != true)
                    return problem;
            }
            catch (ProblemRejectedException)
            {
                // Most draws are fine; those that are not (a remainder, a debt) are drawn again from the same stream.
            }
        }
    }

    public IEnumerable<WordProblem> Problems(long start, int count) => Enumerable.Range(0, count).Select(i => Problem(start + i));
}
