using System.Diagnostics;
using InferenceServer.Peers.Cells;

namespace InferenceServer.Peers.Ragged;

/// <summary>
/// ONNX Runtime GenAI: no row can join or leave a running batch, so whoever waits when the last batch ends forms the next one, padded on the left to its
/// longest prompt, and it runs until its longest output is there. A request is done when its own last token is.
/// </summary>
internal static class RaggedGenAi
{
    private const int PadToken = 0;

    public static RaggedResult Run(GenAiCell cell, RaggedRequest[] requests, int batch)
    {
        long start = Stopwatch.GetTimestamp();
        var latencies = new List<double>();
        for (int next = 0; next < requests.Length;)
        {
            while (RaggedLoad.Now(start) < requests[next].Arrival)
                Thread.Sleep(1);
            var group = requests[next..].Take(batch).TakeWhile(r => r.Arrival <= RaggedLoad.Now(start)).ToArray();
            next += group.Length;
            Batch(cell, group, start, latencies);
        }
        return new(RaggedLoad.Now(start), latencies.Average());
    }

    private static void Batch(GenAiCell cell, RaggedRequest[] group, long start, List<double> latencies)
    {
        int prompt = group.Max(r => r.Prompt.Length), tokens = group.Max(r => r.Tokens);
        using var generator = cell.Create(group.Length, prompt + tokens);
        generator.AppendTokens(group.SelectMany(r => Enumerable.Repeat(PadToken, prompt - r.Prompt.Length).Concat(r.Prompt)).ToArray());
        for (int step = 1; step <= tokens; step++)
        {
            GenAiCell.Step(generator);
            foreach (var request in group)
                if (request.Tokens == step)
                    latencies.Add(RaggedLoad.Now(start) - request.Arrival);
        }
    }
}
