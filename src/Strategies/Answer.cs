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

    /// <summary>Why no answer is given; null when one is.</summary>
    public Abstention? Abstention { get; init; }

    /// <summary>What the reader should know about how it came about, a fallback that a strategy used for instance.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>"stop", "length" or "abstained".</summary>
    public string FinishReason => Abstention is not null ? "abstained" : Candidate.FinishReason is "stop" ? "stop" : "length";

    internal Answer Noting(string note) => Notes.Contains(note) ? this : this with { Notes = [.. Notes, note] };
}

/// <summary>A decision not to answer.</summary>
/// <param name="Stage">"input": the request cannot be answered; "output": the answer is not trusted.</param>
/// <param name="Label">The gate's level: impossible, vague, low_confidence, incorrect.</param>
/// <param name="Reason">A sentence for the reader.</param>
/// <param name="Missing">What the request lacks, where the gate could name it.</param>
public sealed record Abstention(string Stage, string Label, string Reason, IReadOnlyList<string> Missing)
{
    /// <summary>From 0 to 1, where the gate measured it.</summary>
    public double? Confidence { get; init; }
}
