using InferenceServer.Engine.Decoding;

namespace InferenceServer.Engine;

/// <summary>
/// Decides what the next step computes: admits waiting sequences to slots, has the <see cref="DecodeWindow"/> placed, cuts prompts into chunks. Pure bookkeeping over
/// counters and slots: it sees no tensor, no clock and no thread. Called by the engine's thread only.
/// </summary>
internal sealed class Scheduler(DecoderLimits limits, LlmEngineOptions options, KvSlots slots, Func<bool> isTaken)
{
    /// <summary>A prompt waits for another's to be computed when at least this many tokens more can be copied then, or all of it.</summary>
    private const int WorthWaitingFor = 8;

    private readonly List<Sequence> _waiting = [];
    private readonly List<Sequence> _running = [];
    private readonly DecodeWindow _window = new(limits, options, slots);
    private bool _isTaken;

    /// <summary>Sequences with work to do and no slot, first served first.</summary>
    public IReadOnlyList<Sequence> Waiting => _waiting;

    /// <summary>Sequences with work to do and a slot.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Whether there is something to compute now.</summary>
    public bool HasWork => isTaken() ? _running.Exists(IsForeground) || _waiting.Exists(IsForeground) : _running.Count > 0 || _waiting.Count > 0;

    public long Preemptions { get; private set; }
    public long PrefixQueriedTokens { get; private set; }
    public long PrefixHitTokens { get; private set; }

    /// <summary>The sequence whose token stands in a row of the planned decode window; null for a row that idles along.</summary>
    public Sequence? RowOwner(int row) => _window.Owner(row);

    /// <summary>The owner asked for something: the sequence runs if it has a slot, and queues for one otherwise.</summary>
    public void Activate(Sequence sequence)
    {
        if (sequence.Slot != Sequence.NoSlot)
        {
            _running.Add(sequence);
            return;
        }
        int at = _waiting.Count;
        while (at > 0 && Before(sequence, _waiting[at - 1]))
            at--;
        _waiting.Insert(at, sequence);
    }

    /// <summary>The owner got what it asked for, or gave up.</summary>
    public void Deactivate(Sequence sequence)
    {
        if (!_running.Remove(sequence))
            _waiting.Remove(sequence);
    }

    private static bool Before(Sequence a, Sequence b) =>
        a.Priority != b.Priority ? a.Priority > b.Priority : a.Id.Value < b.Id.Value;

    public void Plan(StepPlan plan, long step)
    {
        plan.Clear();
        _isTaken = isTaken();
        Admit(plan, step);
        _window.Place(plan, _running, _isTaken, step);
        CutChunks(plan);
    }

    /// <summary>Gives slots to waiting sequences in order, starting each from the longest prefix that some slot already holds.</summary>
    private void Admit(StepPlan plan, long step)
    {
        for (int i = 0; i < _waiting.Count;)
        {
            var sequence = _waiting[i];
            // Those that are held come last.
            if (IsHeld(sequence) || !CanTakeSlot(sequence))
                return;
            // At least the last token is computed, for its logits; a score needs those of the last token before its continuation too.
            int usable = sequence.Score is { } score ? score.FirstPosition : sequence.Length - 1;
            var (source, match) = slots.LongestPrefix(sequence.Tokens[..usable]);
            if (IsBeingComputed(sequence.Tokens[..usable], match))
            {
                i++;   // somebody is computing this very prompt: copy it when it is done
                continue;
            }
            int slot = TakeSlot(sequence, ref source, match, step);
            if (source >= 0 && source != slot)
            {
                plan.Copies.Add(new KvCopy(source, slot, match));
                slots.Touch(source, step);
            }
            slots.Assign(slot, sequence);
            sequence.Computed = match;
            sequence.CachedTokens += match;
            sequence.LastActive = step;
            PrefixQueriedTokens += sequence.Length;
            PrefixHitTokens += match;
            _waiting.RemoveAt(i);
            _running.Add(sequence);
        }
    }

    /// <summary>True when a running sequence will soon hold a longer common prefix than the <paramref name="match"/> tokens to be had now.</summary>
    private bool IsBeingComputed(ReadOnlySpan<int> tokens, int match)
    {
        foreach (var other in _running)
        {
            if (other.Pending <= 1 || IsHeld(other))
                continue;
            int common = other.Tokens.CommonPrefixLength(tokens), gain = common - Math.Max(match, other.Computed);
            if (gain >= WorthWaitingFor || (gain > 0 && common == tokens.Length))
                return true;
        }
        return false;
    }

    private bool CanTakeSlot(Sequence sequence) =>
        slots.Free() >= 0 || slots.OldestRetained() >= 0 || Idle() is not null || Lowest(sequence.Priority) is not null;

    /// <summary>In order of regret: the source itself when the sequence continues all of it, a free slot, the oldest cached prefix, an idle sequence's, a less important one's.</summary>
    private int TakeSlot(Sequence sequence, ref int source, int match, long step)
    {
        if (source >= 0 && slots[source].IsRetained && match >= slots[source].RetainedLength - 1)
            return source;
        int slot = slots.Free();
        if (slot < 0)
            slot = slots.OldestRetained(except: source);
        if (slot < 0 && source >= 0 && slots[source].IsRetained)
            slot = source;
        if (slot < 0 && (Idle(except: source) ?? Idle()) is { } idle)
        {
            slot = idle.Slot;
            slots.Drop(idle);
        }
        if (slot < 0 && Lowest(sequence.Priority) is { } lowest)
        {
            slot = lowest.Slot;
            slots.Drop(lowest);
            _running.Remove(lowest);
            Activate(lowest);
            Preemptions++;
        }
        return slot;
    }

    /// <summary>The live sequence that has a slot but nothing to do, for the longest time.</summary>
    private Sequence? Idle(int except = -1)
    {
        Sequence? idle = null;
        for (int s = 0; s < slots.Count; s++)
            if (s != except && slots[s].Sequence is { Demand: Demand.None } sequence && (idle is null || sequence.LastActive < idle.LastActive))
                idle = sequence;
        return idle;
    }

    /// <summary>The running sequence to preempt for one of the given priority: less important, and the youngest of those.</summary>
    private Sequence? Lowest(int priority)
    {
        Sequence? lowest = null;
        foreach (var sequence in _running)
            if (sequence.Priority < priority && (lowest is null || Before(lowest, sequence)))
                lowest = sequence;
        return lowest;
    }

    /// <summary>
    /// Spends the step's budget of prompt tokens on the running sequences in order of their age. The last token of a sequence that decodes is left to the decode
    /// pass, and no chunk of one token is cut if it can be helped: ONNX Runtime rounds attention of one token differently from that of several, so a prompt must
    /// not depend on where its chunks happened to end, or on whether it was forked.
    /// </summary>
    private void CutChunks(StepPlan plan)
    {
        int budget = _isTaken ? options.PrefillTokensPerStep : options.BackgroundPrefillTokensPerStep, logits = limits.ChunkTokens;
        foreach (var sequence in _running)
        {
            if (IsHeld(sequence))
                continue;
            int start = sequence.Computed, end = sequence.Score is null ? sequence.Length - 1 : sequence.Length;
            while (start < end)
            {
                int count = Math.Min(Math.Min(end - start, limits.ChunkTokens), budget);
                if (end - start - count == 1 && count > 2)
                    count--;
                int asked = LogitsOf(sequence, start, count);
                if (asked > logits)
                {
                    // Each token fewer asks for one row of logits fewer.
                    count -= asked - logits;
                    asked = logits;
                }
                if (count <= 0)
                    break;
                plan.Chunks.Add(new ChunkRow(sequence.Slot, start, plan.Tokens.Count, count, asked));
                plan.Tokens.AddRange(sequence.Tokens.Slice(start, count));
                start += count;
                budget -= count;
                logits -= asked;
            }
        }
    }

    private static bool IsForeground(Sequence sequence) => sequence.Priority >= 0;

    private bool IsHeld(Sequence sequence) => sequence.IsHeld(_isTaken);

    /// <summary>How many of a chunk's last positions need logits: all from the one that predicts the first scored token on.</summary>
    private static int LogitsOf(Sequence sequence, int start, int count) =>
        sequence.Score is { } score ? Math.Clamp(start + count - score.FirstPosition, 0, count) : 0;
}
