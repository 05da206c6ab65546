namespace InferenceServer.Engine;

/// <summary>What must hold after every step, as a function from a snapshot to the list of violations.</summary>
public static class EngineInvariants
{
    public static IReadOnlyList<string> Check(EngineSnapshot state)
    {
        var violations = new List<string>();
        void Require(bool holds, string what)
        {
            if (!holds)
                violations.Add(what);
        }

        var sequences = state.Sequences.ToDictionary(s => s.Id);
        var running = state.Running.ToHashSet();
        var waiting = state.Waiting.ToHashSet();
        Require(running.Count == state.Running.Count, "a sequence runs twice");
        Require(waiting.Count == state.Waiting.Count, "a sequence waits twice");
        Require(!running.Overlaps(waiting), "a sequence runs and waits");

        for (int s = 0; s < state.Slots.Count; s++)
        {
            var slot = state.Slots[s];
            Require(slot.Sequence == 0 || slot.RetainedLength == 0, $"slot {s} is live and retained at once");
            Require(slot.RetainedLength <= state.Capacity, $"slot {s} retains more than it holds");
            if (slot.Sequence != 0)
                Require(sequences.TryGetValue(slot.Sequence, out var owner) && owner.Slot == s, $"slot {s} belongs to sequence {slot.Sequence}, which does not know it");
        }
        foreach (var sequence in state.Sequences)
        {
            string name = $"sequence {sequence.Id}";
            Require(!sequence.Ended, $"{name} has ended and is still kept");
            Require(sequence.Computed >= 0 && sequence.Computed <= sequence.Length, $"{name} has computed {sequence.Computed} of {sequence.Length} tokens");
            Require(sequence.Length <= state.Capacity, $"{name} is longer than a slot");
            if (sequence.Slot >= 0)
                Require(state.Slots[sequence.Slot].Sequence == sequence.Id, $"{name} claims slot {sequence.Slot}, which is another's");
            else
                Require(sequence.Computed == 0 || sequence.HasWork, $"{name} has computed tokens and no slot");
            Require(sequence.HasWork == (running.Contains(sequence.Id) || waiting.Contains(sequence.Id)), $"{name} is in the wrong queue for its work");
            if (running.Contains(sequence.Id))
                Require(sequence.Slot >= 0 && sequence.Computed < sequence.Length, $"{name} runs without a slot or without work");
            if (waiting.Contains(sequence.Id))
                Require(sequence.Slot < 0, $"{name} waits though it has a slot");
        }
        foreach (long id in running.Concat(waiting))
            Require(sequences.ContainsKey(id), $"sequence {id} is queued and does not live");
        return violations;
    }

    /// <exception cref="InvalidOperationException">Something does not hold; the message lists everything that does not.</exception>
    public static void ThrowIfViolated(EngineSnapshot state)
    {
        var violations = Check(state);
        if (violations.Count > 0)
            throw new InvalidOperationException("Engine invariants violated: " + string.Join("; ", violations));
    }
}
