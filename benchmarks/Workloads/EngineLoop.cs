using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Workloads;

/// <summary>
/// The same rows through the engine as its users see it: forks of one prompt, sampled at temperature 0.8 and top-p 0.95 with log-probability and entropy,
/// each token delivered to its handle and read by a task of its own.
/// </summary>
public sealed class EngineLoop : IDecodeCell
{
    public static readonly SamplingOptions Sampling = new() { Temperature = 0.8f, TopP = 0.95f, Seed = 1 };

    public EngineLoop(string path, int rows, int capacity, int threads, bool spin) =>
        Engine = new LlmEngine(OnnxDecoder.Load(path, new OnnxDecoderOptions { Slots = rows, Capacity = capacity, Threads = threads, Spin = spin }));

    public LlmEngine Engine { get; }

    public DecodeTiming Run(int rows, int[] prompt, int newTokens)
    {
        var handles = new List<SequenceHandle>();
        var timing = DecodeTiming.Measure(rows * newTokens,
            () =>
            {
                handles.Add(Engine.Start(prompt, new SequenceOptions { Sampling = Sampling }));
                for (int r = 1; r < rows; r++)
                    handles.Add(handles[0].Fork());
                // One token each: afterwards every row has its KV.
                Task.WhenAll(handles.Select(h => ReadAsync(h, 1))).GetAwaiter().GetResult();
            },
            () => Task.WhenAll(handles.Select(h => ReadAsync(h, newTokens))).GetAwaiter().GetResult());
        foreach (var handle in handles)
            handle.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return timing;
    }

    /// <summary>Reads a handle's tokens and returns their number.</summary>
    public static async Task<int> ReadAsync(SequenceHandle handle, int tokens)
    {
        await Task.Yield();
        int count = 0;
        await foreach (var token in handle.DecodeAsync(tokens))
            count += token.LogProb <= 0 ? 1 : 0;
        return count;
    }

    public void Dispose() => Engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
