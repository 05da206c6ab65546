using InferenceServer.Engine.Decoding;

namespace InferenceServer.Engine;

/// <summary>
/// The window of neighbouring slots that a step decodes: one token for each row, whether or not somebody needs it, because the decoder computes a range of slots and not a set. Keeps the rows that
/// are needed side by side. Pure bookkeeping like its <see cref="Scheduler"/>, which calls it.
/// </summary>
internal sealed class DecodeWindow(DecoderLimits limits, LlmEngineOptions options, KvSlots slots)
{
    private readonly Sequence?[] _owners = new Sequence?[limits.Slots];
    private List<Sequence> _running = [];
    private bool _isTaken;

    /// <summary>The sequence whose token stands in a row of the window; null for a row that idles along.</summary>
    public Sequence? Owner(int row) => _owners[row];

    /// <summary>Makes the window that spans all decode rows narrow by moving its last rows into its holes, then fills in every row's token.</summary>
    /// <param name="running">Sequences with work to do and a slot.</param>
    /// <param name="isTaken">Whether background sequences give way.</param>
    public void Place(StepPlan plan, List<Sequence> running, bool isTaken, long step)
    {
        (_running, _isTaken) = (running, isTaken);
        int first, end, rows;
        while (true)
        {
            (first, end, rows) = Window();
            if (rows == 0)
                return;
            // A hole costs about one row's work in every step, a move one copy: a few holes are cheaper than many moves.
            int holes = end - first - rows;
            if (holes <= Math.Max(1, rows / 8) || !MoveLastRow(plan, first, end, step))
                break;
        }
        plan.FirstRow = first;
        for (int s = first; s < end; s++)
        {
            ref readonly var slot = ref slots[s];
            var owner = slot.Sequence is { } sequence && IsDecodeRow(sequence) ? sequence : null;
            _owners[s - first] = owner;
            if (owner is null)
                AddIdleRow(plan, slot);
            else
                AddRow(plan, owner.Tokens[owner.Computed], owner.Computed);
        }
    }

    /// <summary>A row that no one needs repeats the last token it holds, which rewrites the keys and values that are there; a free row writes where nobody reads.</summary>
    private static void AddIdleRow(StepPlan plan, in KvSlots.Slot slot)
    {
        int last = Math.Max(0, slot.Computed.Length - 1);
        int token = slot.Sequence is { } sequence ? sequence.Tokens[last] : slot.IsRetained ? slot.Computed[last] : 0;
        AddRow(plan, token, last);
    }

    private static void AddRow(StepPlan plan, int token, int position)
    {
        plan.DecodeTokens.Add(token);
        plan.DecodePositions.Add(position);
    }

    private bool IsDecodeRow(Sequence sequence) => !sequence.IsHeld(_isTaken) && sequence.Demand == Demand.Decode && sequence.Pending == 1;

    private (int First, int End, int Rows) Window()
    {
        (int first, int end, int rows) = (int.MaxValue, 0, 0);
        foreach (var sequence in _running)
        {
            if (!IsDecodeRow(sequence))
                continue;
            rows++;
            first = Math.Min(first, sequence.Slot);
            end = Math.Max(end, sequence.Slot + 1);
        }
        return (first, end, rows);
    }

    /// <summary>Moves the window's last row into its lowest hole. A sequence that only pauses, or is about to join, keeps its place. False when no hole may be filled.</summary>
    private bool MoveLastRow(StepPlan plan, int first, int end, long step)
    {
        int last = end - 1;
        for (int hole = first; hole < last; hole++)
        {
            ref readonly var slot = ref slots[hole];
            if (slot.Sequence is { } sequence && !sequence.IsHeld(_isTaken) && (sequence.Demand != Demand.None || step - sequence.LastActive < options.IdleStepsBeforeMove))
                continue;
            int moved = slots[last].Computed.Length;
            if (slot.IsFree || (slot.IsRetained && PromptIsElsewhere(hole)))
            {
                slots.Forget(hole);
                plan.Copies.Add(new KvCopy(last, hole, moved));
            }
            else
            {
                // The decoder keeps one slot more than the engine counts, as the hand that holds one of two things being exchanged.
                plan.Copies.Add(new KvCopy(hole, limits.Slots, slot.Computed.Length));
                plan.Copies.Add(new KvCopy(last, hole, moved));
                plan.Copies.Add(new KvCopy(limits.Slots, last, slot.Computed.Length));
            }
            slots.Swap(hole, last);
            return true;
        }
        return false;
    }

    /// <summary>A retained prompt that another slot holds as well is no loss: the siblings of a best-of-N all end with the same one.</summary>
    private bool PromptIsElsewhere(int retained)
    {
        var prompt = slots[retained].RetainedTokens.AsSpan(0, slots[retained].RetainedPrompt);
        for (int s = 0; s < slots.Count; s++)
            if (s != retained && !slots[s].IsFree && slots[s].Computed.CommonPrefixLength(prompt) == prompt.Length)
                return true;
        return false;
    }
}
