namespace InferenceServer.Strategies.Answers;

/// <summary>Counts which answers agree.</summary>
public static class Vote
{
    /// <summary>Groups of equal answers, the heaviest first, ties by the first member. "No answer" forms no group, so it never wins.</summary>
    /// <param name="answers">In the order of sampling: each joins the first group whose first member it equals.</param>
    /// <param name="weights">What each one's vote weighs; 1 unless given.</param>
    public static IReadOnlyList<VoteCluster> Count(IReadOnlyList<ExtractedAnswer?> answers, IReadOnlyList<double>? weights = null)
    {
        var clusters = new List<VoteCluster>();
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i] is not { } answer)
                continue;
            VoteCluster? cluster = clusters.Find(c => AnswerEquality.Same(answer, c.Answer));
            if (cluster is null)
                clusters.Add(cluster = new(answer));
            cluster.Add(i, weights?[i] ?? 1);
        }
        // A stable sort keeps the order of first members among equals.
        return [.. clusters.OrderByDescending(cluster => cluster.Weight)];
    }
}

/// <summary>Samples that gave the same answer.</summary>
public sealed class VoteCluster(ExtractedAnswer answer)
{
    private readonly List<int> _members = [];

    /// <summary>As its first member gave it.</summary>
    public ExtractedAnswer Answer { get; } = answer;

    /// <summary>Positions in the counted list, ascending.</summary>
    public IReadOnlyList<int> Members => _members;
    public int First => _members[0];
    public int Votes => _members.Count;

    /// <summary>Sum of the votes' weights.</summary>
    public double Weight { get; private set; }

    internal void Add(int member, double weight)
    {
        _members.Add(member);
        Weight += weight;
    }
}
