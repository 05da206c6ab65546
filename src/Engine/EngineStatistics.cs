namespace InferenceServer.Engine;

/// <summary>Counters of an engine, read at one moment. Tokens and steps count up from the start; the rest is the state now.</summary>
public readonly record struct EngineStatistics
{
    /// <summary>Sequences that exist, those idle in their owner's hand included.</summary>
    public int Live { get; init; }

    /// <summary>Sequences with work to do and a row to do it in.</summary>
    public int Running { get; init; }

    /// <summary>Sequences with work to do that wait for a row.</summary>
    public int Waiting { get; init; }

    /// <summary>Rows that hold a live sequence.</summary>
    public int UsedSlots { get; init; }
    public int Slots { get; init; }
    public long Steps { get; init; }

    /// <summary>Tokens of prompts and forced text computed.</summary>
    public long PrefilledTokens { get; init; }
    public long SampledTokens { get; init; }

    /// <summary>Tokens of admitted sequences, and those of them whose KV was there already.</summary>
    public long PrefixQueriedTokens { get; init; }
    public long PrefixHitTokens { get; init; }
    public long Preemptions { get; init; }

    /// <summary>Rows copied to keep the decode window narrow or to fork.</summary>
    public long KvCopies { get; init; }
    public long FailedSteps { get; init; }
}
