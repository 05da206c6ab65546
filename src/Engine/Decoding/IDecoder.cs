using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine.Decoding;

/// <summary>Runs one forward pass over a plan. Sees tensors, never queues. Used by the engine's thread alone.</summary>
public interface IDecoder : IDisposable
{
    DecoderLimits Limits { get; }

    /// <summary>What is left to do of the value head after a forward pass, when the head takes features; null when the graph's value is final or there is none.</summary>
    FeatureValueHead? ValueHead => null;

    /// <summary>Applies the plan's KV copies, then computes its rows, writing one row of logits (and a value, or the value head's hidden layer) for each asked position.</summary>
    void Forward(StepPlan plan, LogitsBatch logits);
}

/// <summary>What a decoder can hold.</summary>
/// <param name="VocabSize">Logits in a row.</param>
/// <param name="Slots">KV rows, each for one sequence.</param>
/// <param name="Capacity">Tokens in a slot.</param>
/// <param name="ChunkTokens">The most tokens of one sequence that one call may compute, and so the most logits rows of a chunk.</param>
/// <param name="HasValue">Whether a process reward comes with every row of logits.</param>
public sealed record DecoderLimits(int VocabSize, int Slots, int Capacity, int ChunkTokens, bool HasValue);
