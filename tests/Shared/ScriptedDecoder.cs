using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Shared;

/// <summary>
/// A decoder without weights: its "keys and values" are the token ids themselves, and its logits are a function of the tokens that stand in the slot. A row
/// whose slot does not hold the right prefix therefore shows at once: as a wrong token, and as an exception, for every plan is checked before it runs.
/// </summary>
/// <param name="limits">Vocabulary, slots, capacity.</param>
/// <param name="script">Fills a row of logits from the prefix, and returns its value.</param>
public sealed class ScriptedDecoder(DecoderLimits limits, ScriptedDecoder.Script script) : IDecoder
{
    private const int Empty = -1;
    private readonly int[][] _slots = [.. Enumerable.Range(0, limits.Slots + 1).Select(_ => Enumerable.Repeat(Empty, limits.Capacity).ToArray())];

    public delegate float Script(ReadOnlySpan<int> prefix, Span<float> logits);

    public DecoderLimits Limits { get; } = limits;

    /// <summary>A value head that takes features; the script's value then fills its hidden layer, see <see cref="Hidden"/>.</summary>
    public FeatureValueHead? ValueHead { get; init; }

    /// <summary>Called at the start of every step; a test may count, wait or throw here.</summary>
    public Action<StepPlan>? OnForward { get; set; }
    public long Steps { get; private set; }

    /// <summary>Prompt tokens computed.</summary>
    public long ChunkTokens { get; private set; }

    /// <summary>Rows computed in decode passes, those that only idled along included.</summary>
    public long DecodedRows { get; private set; }

    /// <summary>A decoder whose next token is a fixed pseudo-random function of the whole prefix: any mistake in the bookkeeping changes the text.</summary>
    public static ScriptedDecoder Hashing(int vocabulary = 64, int slots = 8, int capacity = 128, int chunk = 16, FeatureValueHead? valueHead = null) =>
        new(new DecoderLimits(vocabulary, slots, capacity, chunk, HasValue: true), HashScript) { ValueHead = valueHead };

    /// <summary>The script of <see cref="Hashing"/>: logits in [0, 4) and a value in [0, 1) from a hash of the prefix.</summary>
    public static float HashScript(ReadOnlySpan<int> prefix, Span<float> logits)
    {
        ulong state = 14695981039346656037;
        foreach (int token in prefix)
            state = (state ^ (uint)token) * 1099511628211;
        for (int i = 0; i < logits.Length; i++)
        {
            ulong mixed = (state ^ (ulong)(i + 1)) * 0x9E3779B97F4A7C15;
            logits[i] = (mixed >> 40) * (4f / (1 << 24));
        }
        return (state >> 40) * (1f / (1 << 24));
    }

    /// <summary>A decoder that continues any prompt with the given tokens, over and over, by position behind the prompt's length.</summary>
    public static ScriptedDecoder Saying(IReadOnlyList<int> tokens, int promptLength, int vocabulary = 64, int slots = 8, int capacity = 128) =>
        new(new DecoderLimits(vocabulary, slots, capacity, 16, HasValue: true), (prefix, logits) =>
        {
            logits.Fill(-10f);
            int at = Math.Max(0, prefix.Length - promptLength) % tokens.Count;
            logits[tokens[at]] = 10f;
            return 0.5f;
        });

    public void Forward(StepPlan plan, LogitsBatch logits)
    {
        Steps++;
        OnForward?.Invoke(plan);
        foreach (var copy in plan.Copies)
            _slots[copy.From].AsSpan(0, copy.Tokens).CopyTo(_slots[copy.To]);
        int row = plan.DecodeRows;
        foreach (var chunk in plan.Chunks)
        {
            if (chunk.Count < 1 || chunk.Count > Limits.ChunkTokens || chunk.Logits > chunk.Count)
                throw new InvalidOperationException($"A chunk of {chunk.Count} tokens and {chunk.Logits} logits is not allowed.");
            ChunkTokens += chunk.Count;
            for (int i = 0; i < chunk.Count; i++)
            {
                Write(chunk.Slot, chunk.Start + i, plan.Tokens[chunk.Offset + i]);
                if (i >= chunk.Count - chunk.Logits)
                    Read(chunk.Slot, chunk.Start + i, logits, row++);
            }
        }
        DecodedRows += plan.DecodeRows;
        for (int r = 0; r < plan.DecodeRows; r++)
        {
            Write(plan.FirstRow + r, plan.DecodePositions[r], plan.DecodeTokens[r]);
            Read(plan.FirstRow + r, plan.DecodePositions[r], logits, r);
        }
    }

    private void Write(int slot, int position, int token)
    {
        // Everything before must be there, or attention would read garbage.
        for (int i = 0; i < position; i++)
            if (_slots[slot][i] == Empty)
                throw new InvalidOperationException($"Slot {slot} has no token at {i}, but position {position} is written.");
        _slots[slot][position] = token;
    }

    private void Read(int slot, int position, LogitsBatch logits, int row)
    {
        float value = script(_slots[slot].AsSpan(0, position + 1), logits.Row(row));
        if (ValueHead is null)
            logits.Value(row) = value;
        else
            Hidden(value, logits.ValueHiddenRow(row));
    }

    /// <summary>A hidden layer made of one value.</summary>
    public static void Hidden(float value, Span<float> hidden)
    {
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = value * (i - 1);
    }

    public void Dispose() { }
}
