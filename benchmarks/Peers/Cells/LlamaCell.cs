using System.Numerics.Tensors;
using InferenceServer.Workloads;
using LLama;
using LLama.Batched;
using LLama.Common;
using LLama.Native;

namespace InferenceServer.Peers.Cells;

/// <summary>How llama.cpp keeps the KV of several rows.</summary>
internal enum LlamaKv
{
    /// <summary>A stream for each row.</summary>
    Apart,

    /// <summary>One pool for all rows.</summary>
    Unified,

    /// <summary>One pool, the prompt computed once and forked.</summary>
    Forked,
}

/// <summary>llama.cpp through LLamaSharp's BatchedExecutor; takes the most probable token.</summary>
internal sealed class LlamaCell(string gguf, LlamaKv kv, int threads) : IDecodeCell
{
    private LLamaWeights? _weights;

    public DecodeTiming Run(int rows, int[] prompt, int newTokens)
    {
        using var executor = Executor(rows, rows * (prompt.Length + newTokens + 64));
        var conversations = new List<Conversation>();
        var next = new int[rows];
        int prompted = kv == LlamaKv.Forked ? 1 : rows;
        return DecodeTiming.Measure(rows * newTokens,
            () =>
            {
                for (int row = 0; row < prompted; row++)
                {
                    conversations.Add(executor.Create());
                    conversations[row].Prompt(GenAiCell.Shifted(prompt, row).Select(token => (LLamaToken)token).ToArray());
                }
                Infer(executor, conversations, next);
                for (int row = prompted; row < rows; row++)
                {
                    conversations.Add(conversations[0].Fork());
                    next[row] = 300 + (next[0] + row) % 1700;
                }
            },
            () =>
            {
                for (int step = 0; step < newTokens; step++)
                {
                    for (int row = 0; row < rows; row++)
                        conversations[row].Prompt((LLamaToken)next[row]);
                    Infer(executor, conversations, next);
                }
            });
    }

    public BatchedExecutor Executor(int rows, int tokens)
    {
        var parameters = new ModelParams(gguf)
        {
            ContextSize = (uint)tokens,
            SeqMax = (uint)rows,
            Threads = threads,
            BatchThreads = threads,
            BatchSize = 2048,
            UBatchSize = 512,
            GpuLayerCount = 0,
            KVUnified = kv != LlamaKv.Apart,
        };
        _weights ??= LLamaWeights.LoadFromFile(parameters);
        return new BatchedExecutor(_weights, parameters);
    }

    /// <summary>Runs what is queued and samples every conversation that has new logits, before the next pass overwrites them.</summary>
    public static void Infer(BatchedExecutor executor, IReadOnlyList<Conversation> conversations, int[] next)
    {
        while (executor.BatchedTokenCount > 0)
        {
            var result = executor.Infer().GetAwaiter().GetResult();
            if (result != DecodeResult.Ok)
                throw new InvalidOperationException($"llama.cpp: {result}");
            for (int row = 0; row < conversations.Count; row++)
                if (conversations[row].RequiresSampling)
                    next[row] = TensorPrimitives.IndexOfMax<float>(conversations[row].Sample());
        }
    }

    public void Dispose() => _weights?.Dispose();
}
