namespace InferenceServer.Engine.Decoding;

/// <summary>A copy of the first <paramref name="Tokens"/> tokens' keys and values from one slot to another.</summary>
public readonly record struct KvCopy(int From, int To, int Tokens);

/// <summary>Tokens of one sequence computed in one call: <paramref name="Count"/> tokens from <paramref name="Offset"/> of the plan's token list, written at <paramref name="Start"/> of the slot.</summary>
/// <param name="Slot">KV row.</param>
/// <param name="Start">Position of the first token in its sequence.</param>
/// <param name="Offset">Where its tokens begin in <see cref="StepPlan.Tokens"/>.</param>
/// <param name="Count">Number of tokens.</param>
/// <param name="Logits">How many of the last positions want logits: 0 for a prompt, up to <paramref name="Count"/> for a score.</param>
public readonly record struct ChunkRow(int Slot, int Start, int Offset, int Count, int Logits);

/// <summary>
/// What one step computes, in this order: KV copies, then each chunk (one sequence at a time: attention refuses several new tokens on a past for more than
/// one row), then the decode window, one token for each of the slots <c>[FirstRow, FirstRow + DecodeRows)</c>. The logits of the decode window fill the first
/// rows of the batch, so that its buffers can stay bound from step to step; those of the chunks follow in order. One instance is reused; nothing here allocates once the lists have grown.
/// </summary>
public sealed class StepPlan
{
    public List<KvCopy> Copies { get; } = [];
    public List<ChunkRow> Chunks { get; } = [];

    /// <summary>Token ids of all chunks, one after the other.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>First slot of the decode window.</summary>
    public int FirstRow { get; set; }

    /// <summary>The token of each row of the decode window. A row that no sequence needs this step repeats its last token, which rewrites what is there.</summary>
    public List<int> DecodeTokens { get; } = [];

    /// <summary>Position of each row's token, parallel to <see cref="DecodeTokens"/>.</summary>
    public List<int> DecodePositions { get; } = [];

    public int DecodeRows => DecodeTokens.Count;
    public bool IsEmpty => Copies.Count == 0 && Chunks.Count == 0 && DecodeTokens.Count == 0;

    public void Clear()
    {
        Copies.Clear();
        Chunks.Clear();
        Tokens.Clear();
        DecodeTokens.Clear();
        DecodePositions.Clear();
        FirstRow = 0;
    }
}
