namespace InferenceServer.Trainer.Tasks;

/// <summary>One operation of a countdown solution: two numbers replaced by their result.</summary>
public readonly record struct CountdownOperation(int Left, char Operator, int Right, int Value);

/// <summary>
/// Exhaustive search of the solutions of a countdown problem in which every result is used. At most about 60,000 states for five numbers.
/// Operations that lead nowhere (times or divided by 1, a result equal to an operand) and products of two numbers over 9 are left out.
/// </summary>
public static class CountdownSolver
{
    /// <summary>No result exceeds it.</summary>
    public const int Largest = 250;

    /// <summary>Calls <paramref name="visit"/> for every value that can be made, with the operations that make it. The list changes after the call.</summary>
    public static void Search(IReadOnlyList<int> numbers, Action<int, List<CountdownOperation>> visit) =>
        Search([.. numbers], new bool[numbers.Count], numbers.Count, [], visit);

    /// <summary>The numbers of operations with which each value can be made, as bits; index 0 to <see cref="Largest"/>.</summary>
    public static int[] Lengths(IReadOnlyList<int> numbers)
    {
        int[] lengths = new int[Largest + 1];
        Search(numbers, (value, operations) => lengths[value] |= 1 << operations.Count);
        return lengths;
    }

    /// <summary>Fewest operations that make <paramref name="target"/>, or null when it cannot be made.</summary>
    public static int? FewestOperations(IReadOnlyList<int> numbers, int target) =>
        target <= Largest && Lengths(numbers)[target] is var lengths and not 0 ? int.TrailingZeroCount(lengths) : null;

    // The first count entries are available; made tells results, which must not be left over, from given numbers, which may.
    private static void Search(int[] values, bool[] made, int count, List<CountdownOperation> done, Action<int, List<CountdownOperation>> visit)
    {
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                int big = Math.Max(values[i], values[j]), small = Math.Min(values[i], values[j]);
                bool leftOver = false;
                int[] rest = new int[count - 1];
                bool[] restMade = new bool[count - 1];
                for (int k = 0, at = 0; k < count; k++)
                {
                    if (k == i || k == j)
                        continue;
                    (rest[at], restMade[at]) = (values[k], made[k]);
                    leftOver |= made[k];
                    at++;
                }
                foreach (var operation in Operations(big, small))
                {
                    done.Add(operation);
                    if (!leftOver)
                        visit(operation.Value, done);
                    (rest[^1], restMade[^1]) = (operation.Value, true);
                    if (count > 2)
                        Search(rest, restMade, count - 1, done, visit);
                    done.RemoveAt(done.Count - 1);
                }
            }
        }
    }

    private static IEnumerable<CountdownOperation> Operations(int big, int small)
    {
        if (big + small <= Largest)
            yield return new(big, '+', small, big + small);
        if (big > small && big - small != small)
            yield return new(big, '-', small, big - small);
        if (small is > 1 and < 10 && big * small <= Largest)
            yield return new(small, '*', big, big * small);
        if (small is > 1 and < 10 && big % small == 0 && big / small != small && big != small)
            yield return new(big, '/', small, big / small);
    }
}
