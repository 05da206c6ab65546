using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine;

/// <summary>What a new sequence is started with.</summary>
public sealed record SequenceOptions
{
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Tokens that end a decoding, usually the model's end tokens; empty to ignore them.</summary>
    public IReadOnlyCollection<int> StopTokens { get; init; } = [];

    /// <summary>The random stream to draw from; null for the root of the sampling's seed.</summary>
    public ulong? Stream { get; init; }

    /// <summary>
    /// Higher goes first and may preempt lower; equal priorities are served in order of arrival. Below 0 is background: computed only while no sequence of priority 0 or more lives, an idle one in
    /// its owner's hand included, and held where it is otherwise. Somebody who comes waits for at most the one step that is being computed.
    /// </summary>
    public int Priority { get; init; }
}
