namespace InferenceServer.Strategies;

/// <summary>A finished (or provisional) completion that a strategy stands by.</summary>
/// <param name="Candidate">The candidate whose text it is.</param>
/// <param name="Text">The completion's text, end token and stop string excluded.</param>
public sealed record Answer(Candidate Candidate, string Text)
{
    /// <summary>What the strategy judged it by; the higher the better; null when it was not judged.</summary>
    public double? Score { get; init; }

    /// <summary>Which of the answers asked for this is, from 0. Ties are broken by it, never by the order of arrival.</summary>
    public int Sample { get; init; }
}
