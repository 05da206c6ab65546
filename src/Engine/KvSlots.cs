namespace InferenceServer.Engine;

/// <summary>
/// Who holds which KV slot. A slot is free, live (a sequence's), or retained: the tokens of a sequence that is gone, kept as a prefix cache until the room is
/// needed. Holds no tensors; the copies that its moves imply are the plan's.
/// </summary>
internal sealed class KvSlots
{
    private readonly Slot[] _slots;

    public KvSlots(int count, int capacity)
    {
        Capacity = capacity;
        _slots = new Slot[count];
    }

    public int Count => _slots.Length;
    public int Capacity { get; }
    public ref readonly Slot this[int slot] => ref _slots[slot];

    /// <summary>A slot's content.</summary>
    public struct Slot
    {
        /// <summary>The live sequence, or null.</summary>
        public Sequence? Sequence;

        /// <summary>Tokens of a sequence that is gone; null when there are none.</summary>
        public int[]? RetainedTokens;
        public int RetainedLength;

        /// <summary>How many of the retained tokens were the prompt: what others are likely to share.</summary>
        public int RetainedPrompt;
        public long LastUsed;

        public readonly bool IsFree => Sequence is null && RetainedTokens is null;
        public readonly bool IsRetained => RetainedTokens is not null;

        /// <summary>The tokens whose keys and values stand in the slot.</summary>
        public readonly ReadOnlySpan<int> Computed =>
            Sequence is not null ? Sequence.Tokens[..Sequence.Computed] : RetainedTokens.AsSpan(0, RetainedLength);
    }

    public void Assign(int slot, Sequence sequence)
    {
        _slots[slot] = new Slot { Sequence = sequence };
        sequence.Slot = slot;
    }

    /// <summary>Takes the slot from its sequence, keeping what was computed as a prefix for others.</summary>
    public void Retain(Sequence sequence, long step)
    {
        int slot = sequence.Slot;
        sequence.Slot = Sequence.NoSlot;
        _slots[slot] = sequence.Computed == 0 ? default : new Slot
        {
            RetainedTokens = sequence.Log.TokenArray,
            RetainedLength = sequence.Computed,
            RetainedPrompt = Math.Min(sequence.PromptLength, sequence.Computed),
            LastUsed = step,
        };
    }

    /// <summary>Takes the slot from its sequence and forgets what was in it; the sequence has to be computed again.</summary>
    public void Drop(Sequence sequence)
    {
        _slots[sequence.Slot] = default;
        sequence.Slot = Sequence.NoSlot;
        sequence.Computed = 0;
    }

    public void Forget(int slot) => _slots[slot] = default;

    public void Touch(int slot, long step) => _slots[slot].LastUsed = step;

    /// <summary>Exchanges the contents of two slots.</summary>
    public void Swap(int a, int b)
    {
        (_slots[a], _slots[b]) = (_slots[b], _slots[a]);
        if (_slots[a].Sequence is { } first)
            first.Slot = a;
        if (_slots[b].Sequence is { } second)
            second.Slot = b;
    }

    /// <summary>The lowest free slot, so that live rows pack at the low end; -1 when there is none.</summary>
    public int Free()
    {
        for (int s = 0; s < _slots.Length; s++)
            if (_slots[s].IsFree)
                return s;
        return -1;
    }

    /// <summary>The retained slot used longest ago; -1 when there is none.</summary>
    public int OldestRetained(int except = -1)
    {
        int oldest = -1;
        for (int s = 0; s < _slots.Length; s++)
            if (s != except && _slots[s].IsRetained && (oldest < 0 || _slots[s].LastUsed < _slots[oldest].LastUsed))
                oldest = s;
        return oldest;
    }

    /// <summary>The slot that shares the longest computed prefix with <paramref name="tokens"/>, and how long it is.</summary>
    public (int Slot, int Length) LongestPrefix(ReadOnlySpan<int> tokens)
    {
        (int best, int length) = (-1, 0);
        for (int s = 0; s < _slots.Length; s++)
        {
            if (_slots[s].IsFree)
                continue;
            int common = _slots[s].Computed.CommonPrefixLength(tokens);
            if (common > length)
                (best, length) = (s, common);
        }
        return (best, length);
    }

    public int LiveCount
    {
        get
        {
            int live = 0;
            foreach (ref readonly var slot in _slots.AsSpan())
                live += slot.Sequence is null ? 0 : 1;
            return live;
        }
    }
}
