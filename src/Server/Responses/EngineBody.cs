using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /api/engine: the state after the engine's last step, and counters since it started.</summary>
public sealed record EngineBody(
    string Model,
    [property: Description("The device and why it was taken.")] string Device,
    [property: Description("How weights are held.")] string Weights,
    [property: Description("False after several failed forward passes in a row.")] bool Healthy,
    [property: Description("The server's monotonic clock; only differences of it mean something.")] double ClockSeconds,
    [property: Description("Sequences that can be computed side by side.")] int Slots,
    [property: Description("Rows that hold a live sequence.")] int UsedSlots,
    [property: Description("Sequences that have work and a row.")] int Running,
    [property: Description("Sequences that have work and wait for a row.")] int Waiting,
    [property: Description("Sequences that exist, idle ones included.")] int Live,
    [property: Description("Forward passes.")] long Steps,
    [property: Description("Tokens sampled.")] long SampledTokens,
    [property: Description("Tokens of prompts and forced text computed.")] long PrefilledTokens,
    [property: Description("Prompt tokens looked up in the prefix cache.")] long PrefixQueriedTokens,
    [property: Description("Of those, found.")] long PrefixHitTokens,
    [property: Description("Sequences that lost their row and started again.")] long Preemptions,
    [property: Description("Rows copied, to fork or to keep the window narrow.")] long KvCopies,
    [property: Description("Forward passes that failed.")] long FailedSteps);
