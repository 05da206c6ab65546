namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// Works an answer out by backward chaining: from what is asked to what that takes, and so on down to numbers that are told; then back up. A step says which goals
/// it was reached by, so a model that reads from left to right has to find one relation at a time and never a whole chain of them before its first word. A goal
/// is worked out when a step needs it, the first operand before the second, so a story's events stay in their order.
/// </summary>
/// <param name="missing">A number that is not told; null when all are.</param>
/// <param name="teller">The sentence that should tell it.</param>
internal sealed class Derivation(Quantity? missing = null, Sentence? teller = null)
{
    private const string Link = " from ";

    private readonly List<SolutionStep> _steps = [];
    private readonly HashSet<Quantity> _known = [];
    // From the innermost goal that is still open down to what is looked at; a goal of the same name as its part is the same thing at a later time.
    private readonly List<string> _goals = [];

    /// <summary>The steps in order; up to where the number is missed if it is.</summary>
    public IReadOnlyList<SolutionStep> Steps => _steps;

    /// <summary>What the missing number is needed for; null when none is.</summary>
    public string? Missed { get; private set; }

    public static Derivation Of(Quantity answer, Quantity? missing = null, Sentence? teller = null)
    {
        var derivation = new Derivation(missing, teller);
        if (!derivation.Reach(answer))
            derivation.Missed = string.Join(Link, derivation._goals);
        return derivation;
    }

    /// <summary>Whether the goal could be worked out.</summary>
    private bool Reach(Quantity goal)
    {
        if (!goal.IsComputed || _known.Contains(goal))
            return true;
        if (_goals.Count == 0 || _goals[^1] != goal.Label)
            _goals.Add(goal.Label!);
        bool misses = missing is not null && (goal.Left == missing || goal.Right == missing);
        // A fact is read when its turn comes and shows what it lacks; an event is reached after those before it.
        if (misses && teller is { IsFact: true } && goal.Sentence == teller)
            return false;
        foreach (var operand in (Quantity[])[goal.Left!, goal.Right!])
        {
            if (!operand.IsComputed || _known.Contains(operand))
                continue;
            if (!Reach(operand))
                return false;
            _goals.Clear();
            _goals.Add(goal.Label!);
        }
        if (misses)
            return false;
        _steps.Add(new(goal.Label!, Worksheet.Equation(goal.Left!.Value, goal.Operator, goal.Right!.Value), goal.Value) { Goal = _goals.Count > 1 ? string.Join(Link, _goals[..^1]) : null });
        _known.Add(goal);
        _goals.Clear();
        return true;
    }
}
