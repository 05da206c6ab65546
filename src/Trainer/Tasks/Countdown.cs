using System.Globalization;

namespace InferenceServer.Trainer.Tasks;

/// <summary>Reach a target from some numbers by + - * /, each number at most once; results are numbers to go on with.</summary>
/// <param name="FewestOperations">Operations of a shortest solution.</param>
/// <param name="Solution">One solution, not always a shortest: a line for each operation and the target's line.</param>
public sealed record CountdownProblem(string Question, IReadOnlyList<int> Numbers, int Target, int FewestOperations, string Solution);

/// <summary>
/// Countdown problems, a function of (seed, index): the data and, in <see cref="CountdownVerifier"/>, the judge. Unlike a word problem's, a solution's quality is
/// graded: it may reach the target in more operations than needed. Solutions to learn from are therefore of all lengths, so that samples differ in quality.
/// </summary>
public sealed class CountdownTask(ulong seed, IReadOnlySet<string>? excludedQuestions = null)
{
    /// <summary>Share of the worked solutions that are as short as possible; the others are longer where the numbers allow it.</summary>
    public const double ShortestShare = 0.6;

    private static readonly string[] Questions = ["Use {0} to make {1}.", "Make {1} from {0}.", "Reach {1} with {0}.", "How can {0} give {1}?"];

    public CountdownProblem Problem(long index)
    {
        var random = new ProblemRandom(seed ^ 0xC0DE, (ulong)index);
        while (true)
        {
            int[] numbers = new int[random.Pick([3, 3, 3, 4, 4, 4, 4, 4, 5, 5])];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = random.Chance(0.6) ? random.Between(2, 10) : random.Between(11, 50);
            int[] lengths = CountdownSolver.Lengths(numbers);
            // Solutions of more than one length exist, so that quality differs; of three numbers, which seldom allow that, all are needed.
            int[] targets = [.. Enumerable.Range(10, CountdownSolver.Largest - 9).Where(t => !numbers.Contains(t) && (int.PopCount(lengths[t]) > 1 || (numbers.Length == 3 && lengths[t] == 0b100)))];
            if (targets.Length == 0)
                continue;
            int target = random.Pick(targets);
            string list = $"{string.Join(", ", numbers[..^1])} and {numbers[^1]}";
            string question = string.Format(CultureInfo.InvariantCulture, random.Pick(Questions), list, target);
            int fewest = int.TrailingZeroCount(lengths[target]);
            int[] longer = [.. Enumerable.Range(fewest + 1, numbers.Length).Where(n => (lengths[target] >> n & 1) == 1)];
            int length = longer.Length == 0 || random.Chance(ShortestShare) ? fewest : random.Pick(longer);
            if (excludedQuestions?.Contains(question) != true)
                return new(question, numbers, target, fewest, Write(Draw(numbers, target, length, random), target));
        }
    }

    public IEnumerable<CountdownProblem> Problems(long start, int count) => Enumerable.Range(0, count).Select(i => Problem(start + i));

    // Uniform over the solutions of that length: the k-th one found replaces the choice with probability 1/k.
    private static CountdownOperation[] Draw(int[] numbers, int target, int length, ProblemRandom random)
    {
        int found = 0;
        CountdownOperation[] choice = [];
        CountdownSolver.Search(numbers, (value, operations) =>
        {
            if (value == target && operations.Count == length && random.Between(0, found++) == 0)
                choice = [.. operations];
        });
        return choice;
    }

    private static string Write(CountdownOperation[] operations, int target) =>
        string.Concat(operations.Select(o => Worksheet.Equation(o.Left, o.Operator, o.Right) + "\n")) + WordProblem.AnswerMark + target.ToString(CultureInfo.InvariantCulture);
}
