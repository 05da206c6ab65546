using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine;

/// <summary>What a sequence's owner waits for.</summary>
internal enum Demand
{
    /// <summary>Nothing: the owner is thinking.</summary>
    None,
    Decode,
    Score,
}

/// <summary>
/// The engine's side of a sequence; touched by the engine's thread only. There is no prefill phase and no decode phase: <see cref="Computed"/> catches up with
/// <see cref="Length"/>. Appending makes the difference larger, rewinding smaller, and a score is a row whose logits are kept.
/// </summary>
/// <param name="log">The sequence's own.</param>
internal sealed class Sequence(SequenceId id, TokenLog log, SequenceOptions options, ulong stream)
{
    public const int NoSlot = -1;

    private SequenceFeatures _features;

    public SequenceId Id { get; } = id;
    public SamplingOptions Sampling { get; } = options.Sampling;
    public int Priority { get; } = options.Priority;
    public int[] StopTokens { get; } = [.. options.StopTokens];

    /// <summary>Key of the sequence's random numbers; position by position.</summary>
    public ulong Stream { get; } = stream;
    public int PromptLength { get; } = log.Length;

    /// <summary>The tokens known, and what the model thought of them.</summary>
    public TokenLog Log { get; } = log;
    public int Length => Log.Length;

    /// <summary>Tokens whose keys and values stand in the slot.</summary>
    public int Computed { get; set; }
    public int Slot { get; set; } = NoSlot;

    public Demand Demand { get; set; }
    public int Remaining { get; set; }
    public int[] PauseTokens { get; set; } = [];
    public TokenStream? Output { get; set; }
    public ScoreRequest? Score { get; set; }

    /// <summary>Step in which the sequence last did something.</summary>
    public long LastActive { get; set; }
    public bool Ended { get; set; }

    public int CachedTokens;
    public int ForcedTokens;
    public int ScoredTokens;
    public int SampledTokens;

    public ReadOnlySpan<int> Tokens => Log.Tokens;
    public int Pending => Length - Computed;

    /// <summary>A background sequence gives way while others live: it keeps its slot until somebody needs that, and nothing is computed for it.</summary>
    /// <param name="isTaken">Whether others live.</param>
    public bool IsHeld(bool isTaken) => isTaken && Priority < 0;

    /// <summary>The reward features after the token at <paramref name="position"/>.</summary>
    public void WriteFeatures(int position, int stepToken, Span<float> features) => _features.Write(Log, position, stepToken, features);

    public void Truncate(int length)
    {
        Log.Truncate(length);
        _features.Truncate(length);
        Computed = Math.Min(Computed, length);
    }
}
