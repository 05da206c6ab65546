namespace InferenceServer.Engine.Decoding;

/// <summary>How a graph is run.</summary>
public sealed record OnnxDecoderOptions
{
    /// <summary>Sequences that can be computed side by side. Memory is reserved for all of them and used as they fill.</summary>
    public int Slots { get; init; } = 64;

    /// <summary>Tokens a slot holds; at most the model's context.</summary>
    public required int Capacity { get; init; }

    /// <summary>Prompt tokens of one sequence in one call. On a CPU longer chunks gain little and make others wait.</summary>
    public int ChunkTokens { get; init; } = 64;

    /// <summary>Threads of the matrix products; 0 takes every processor that the process may use.</summary>
    public int Threads { get; init; }

    /// <summary>Let idle threads spin for work. Up to 1.9 times faster on idle cores, slower when something else wants them
    /// (benchmarks/results).</summary>
    public bool Spin { get; init; } = true;

    public ExecutionDevice Device { get; init; } = ExecutionDevice.Cpu;
}
