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
/// <param name="excludedQuestions">Questions that the stream must not have.</param>
public sealed class WordProblemTask(ulong seed, Split split = Split.Training, IReadOnlySet<string>? excludedQuestions = null)
{
    public const int Tiers = 5;

    /// <summary>The families that are trained on.</summary>
    public static readonly IReadOnlyList<ProblemFamily> TrainedFamilies = [StateChanges.Family, Comparisons.Family, Prices.Family, Sharing.Family, Conversions.Family, Times.Family];

    /// <summary>The families that are only ever measured on.</summary>
    public static readonly IReadOnlyList<ProblemFamily> HeldOutFamilies = [Ages.Family, Groups.Family];

    private readonly IReadOnlyList<ProblemFamily> _families = split == Split.HeldOutFamilies ? HeldOutFamilies : TrainedFamilies;

    /// <summary>Share of problems that cannot be answered.</summary>
    public double UnanswerableShare { get; init; } = split == Split.Training ? 0.18 : 0;

    /// <summary>The problem at a position of the stream. Tiers and families are uniform.</summary>
    public WordProblem Problem(long index)
    {
        var random = new ProblemRandom(seed, (ulong)index);
        bool unanswerable = random.Chance(UnanswerableShare);
        int tier = random.Between(1, Tiers);
        var family = random.Pick(_families);
        while (true)
        {
            // Many drafts do not work out (a remainder, a number that the text already has); the next is drawn from the same stream.
            var draft = new ProblemDraft(random, tier, split);
            family.Draw(draft);
            if (!draft.TryArrange())
                continue;
            var problem = unanswerable ? Unanswerable.Make(draft, family.Name) : draft.Finish(family.Name);
            if (problem is not null && excludedQuestions?.Contains(problem.Question) != true)
                return problem;
        }
    }

    public IEnumerable<WordProblem> Problems(long start, int count) => Enumerable.Range(0, count).Select(i => Problem(start + i));
}
