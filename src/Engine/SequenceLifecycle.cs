namespace InferenceServer.Engine;

/// <summary>How sequences begin to want something, get it, and end: what a command, a finished row and a failed step all do to them. Used by the engine's thread only.</summary>
internal sealed class SequenceLifecycle(Scheduler scheduler, KvSlots slots, Action<TokenStream> wake, Action<Sequence> ended)
{
    private readonly HashSet<Sequence> _live = [];

    public IReadOnlyCollection<Sequence> Live => _live;

    /// <summary>Steps so far: the engine's clock.</summary>
    public long Step { get; set; }

    public void Know(Sequence sequence) => _live.Add(sequence);

    public void Want(Sequence sequence, Demand demand)
    {
        // Sampling needs the logits of the last token: without fresh ones, it is computed again.
        if (sequence.Pending == 0)
            sequence.Computed = sequence.Length - 1;
        sequence.Demand = demand;
        scheduler.Activate(sequence);
    }

    public void Rest(Sequence sequence)
    {
        sequence.Demand = Demand.None;
        sequence.LastActive = Step;
        scheduler.Deactivate(sequence);
    }

    public void Deliver(Sequence sequence, in SampledToken token)
    {
        if (sequence.Output!.Push(token))
            wake(sequence.Output);
    }

    public void EndDecode(Sequence sequence, FinishReason reason)
    {
        if (sequence.Demand == Demand.Decode)
            Rest(sequence);
        if (sequence.Output!.End(reason))
            wake(sequence.Output);
        sequence.Output = null;
    }

    public void EndScore(Sequence sequence)
    {
        Rest(sequence);
        sequence.Truncate(sequence.Score!.Prefix);
        sequence.Score = null;
    }

    /// <summary>Ends a sequence: whoever waits for it gets the error, its slot becomes a cached prefix.</summary>
    public void End(Sequence sequence, EngineException error, bool keepPrefix = true)
    {
        if (sequence.Ended)
            return;
        sequence.Ended = true;
        if (sequence.Demand != Demand.None)
            Rest(sequence);
        if (sequence.Score is { } score)
        {
            score.Fail(error);
            sequence.Truncate(score.Prefix);
        }
        if (sequence.Output is { } output && output.End(null, error))
            wake(output);
        (sequence.Score, sequence.Output) = (null, null);
        if (sequence.Slot != Sequence.NoSlot)
        {
            if (keepPrefix)
                slots.Retain(sequence, Step);
            else
                slots.Drop(sequence);
        }
        _live.Remove(sequence);
        ended(sequence);
    }

    /// <summary>Ends whatever still lives.</summary>
    public void EndAll(Func<EngineException> error)
    {
        foreach (var sequence in _live.ToArray())
            End(sequence, error());
    }

    /// <summary>Takes a sequence's slot, whose content is not to be relied on; it is computed again when it is needed.</summary>
    public void Evict(int slot)
    {
        if (slots[slot].Sequence is not { } sequence)
            return;
        bool hasWork = sequence.Demand != Demand.None;
        if (hasWork)
            scheduler.Deactivate(sequence);
        slots.Drop(sequence);
        if (hasWork)
            scheduler.Activate(sequence);
    }
}
