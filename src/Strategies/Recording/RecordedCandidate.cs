using InferenceServer.Engine;

namespace InferenceServer.Strategies.Recording;

/// <summary>What one candidate consisted of in the end, token by token, and where its random numbers came from: enough to tell it and to play it again.</summary>
public sealed class RecordedCandidate
{
    /// <summary>From 0, in order of creation.</summary>
    public required int Index { get; init; }

    /// <summary>Which of its run's choices it worked for.</summary>
    public required int Choice { get; init; }

    /// <summary>The candidate that it was forked from; null when it began at the prompt.</summary>
    public int? Parent { get; init; }

    /// <summary>Of <see cref="Tokens"/>, those that it was forked with.</summary>
    public int Inherited { get; init; }

    /// <summary>What the model was asked.</summary>
    public ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>The random stream that it drew from; null when it never said anything.</summary>
    public ulong? Stream { get; init; }

    /// <summary>What stands after the prompt. Scores of tokens that the model did not write are NaN. What a rewind took back is gone.</summary>
    public List<SampledToken> Tokens { get; init; } = [];

    /// <summary>When each token came, in milliseconds since the run began.</summary>
    public List<float> Milliseconds { get; init; } = [];

    /// <summary>After how many tokens each of its steps was complete.</summary>
    public List<int> StepEnds { get; init; } = [];

    /// <summary>When it was given up; null when it was not.</summary>
    public TimeSpan? Rejected { get; set; }

    internal void Add(SampledToken token, TimeSpan elapsed)
    {
        // Alternatives are a response's affair, and large.
        Tokens.Add(token.Top is null ? token : token with { Top = null });
        Milliseconds.Add((float)elapsed.TotalMilliseconds);
    }

    internal void Truncate(int tokens)
    {
        Tokens.RemoveRange(tokens, Tokens.Count - tokens);
        Milliseconds.RemoveRange(tokens, Milliseconds.Count - tokens);
        StepEnds.RemoveAll(end => end > tokens);
    }
}
