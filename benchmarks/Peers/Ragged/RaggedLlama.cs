using System.Diagnostics;
using InferenceServer.Peers.Cells;
using LLama.Batched;
using LLama.Native;

namespace InferenceServer.Peers.Ragged;

/// <summary>llama.cpp: conversations join the running batch as they arrive and leave it when they are done.</summary>
internal static class RaggedLlama
{
    public static RaggedResult Run(LlamaCell cell, RaggedRequest[] requests)
    {
        using var executor = cell.Executor(requests.Length, requests.Length * (RaggedLoad.Capacity + 64));
        long start = Stopwatch.GetTimestamp();
        var latencies = new List<double>();
        var running = new List<(Conversation Conversation, RaggedRequest Request)>();
        var (done, tokens) = (new int[requests.Length], new int[requests.Length]);
        for (int next = 0; next < requests.Length || running.Count > 0;)
        {
            for (; next < requests.Length && requests[next].Arrival <= RaggedLoad.Now(start); next++)
            {
                (done[running.Count], tokens[running.Count]) = (0, -1);
                running.Add((executor.Create(), requests[next]));
                running[^1].Conversation.Prompt(requests[next].Prompt.Select(t => (LLamaToken)t).ToArray());
            }
            if (running.Count == 0)
            {
                Thread.Sleep(1);
                continue;
            }
            LlamaCell.Infer(executor, [.. running.Select(r => r.Conversation)], tokens);
            for (int row = running.Count - 1; row >= 0; row--)
            {
                if (++done[row] < running[row].Request.Tokens)
                {
                    running[row].Conversation.Prompt((LLamaToken)tokens[row]);
                    continue;
                }
                latencies.Add(RaggedLoad.Now(start) - running[row].Request.Arrival);
                running[row].Conversation.Dispose();
                (running[row], done[row], tokens[row]) = (running[^1], done[running.Count - 1], tokens[running.Count - 1]);
                running.RemoveAt(running.Count - 1);
            }
        }
        return new(RaggedLoad.Now(start), latencies.Average());
    }
}
