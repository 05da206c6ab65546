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
internal sealed class Sequence(SequenceId id, int[] tokens, int length, SequenceOptions options, ulong stream)
{
    public const int NoSlot = -1;

    private int[] _tokens = tokens;

    public SequenceId Id { get; } = id;
    public SamplingOptions Sampling { get; } = options.Sampling;
    public int Priority { get; } = options.Priority;
    public int[] StopTokens { get; } = [.. options.StopTokens];

    /// <summary>Key of the sequence's random numbers; position by position.</summary>
    public ulong Stream { get; } = stream;
    public int PromptLength { get; } = length;

    /// <summary>Tokens known.</summary>
    public int Length { get; private set; } = length;

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

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);
    public int[] TokenArray => _tokens;
    public int Pending => Length - Computed;

    public void Reserve(int length)
    {
        if (length > _tokens.Length)
            Array.Resize(ref _tokens, Math.Max(length, 2 * _tokens.Length));
    }

    public void Add(int token)
    {
        Reserve(Length + 1);
        _tokens[Length++] = token;
    }

    public void Add(ReadOnlySpan<int> tokens)
    {
        Reserve(Length + tokens.Length);
        tokens.CopyTo(_tokens.AsSpan(Length));
        Length += tokens.Length;
    }

    public void Truncate(int length)
    {
        Length = length;
        Computed = Math.Min(Computed, length);
    }
}
