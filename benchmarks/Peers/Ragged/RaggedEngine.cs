using System.Diagnostics;
using InferenceServer.Engine;
using InferenceServer.Workloads;

namespace InferenceServer.Peers.Ragged;

/// <summary>The engine: every request starts when it arrives.</summary>
internal static class RaggedEngine
{
    public static RaggedResult Run(LlmEngine engine, RaggedRequest[] requests)
    {
        long start = Stopwatch.GetTimestamp();
        double[] latencies = Task.WhenAll(requests.Select(async request =>
        {
            await Task.Delay(TimeSpan.FromSeconds(request.Arrival));
            await using var handle = engine.Start(request.Prompt, new SequenceOptions { Sampling = EngineLoop.Sampling });
            if (await EngineLoop.ReadAsync(handle, request.Tokens) != request.Tokens)
                throw new InvalidOperationException("The engine lost tokens.");
            return RaggedLoad.Now(start) - request.Arrival;
        })).GetAwaiter().GetResult();
        return new(RaggedLoad.Now(start), latencies.Average());
    }
}
