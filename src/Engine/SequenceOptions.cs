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

    /// <summary>Higher goes first and may preempt lower; equal priorities are served in order of arrival.</summary>
    public int Priority { get; init; }
}
