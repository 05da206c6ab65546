namespace InferenceServer.Engine;

/// <summary>One slot as it stood after a step. Ids are 0 where there is no sequence.</summary>
public readonly record struct SlotSnapshot(long Sequence, int RetainedLength);

/// <summary>One sequence as it stood after a step.</summary>
public readonly record struct SequenceSnapshot(long Id, int Slot, int Length, int Computed, bool HasWork, bool Ended);

/// <summary>The engine's bookkeeping after a step, copied out so that it can be judged apart.</summary>
public sealed record EngineSnapshot(
    int Capacity,
    IReadOnlyList<SlotSnapshot> Slots,
    IReadOnlyList<SequenceSnapshot> Sequences,
    IReadOnlyList<long> Running,
    IReadOnlyList<long> Waiting)
{
    internal static EngineSnapshot Take(KvSlots slots, Scheduler scheduler, IEnumerable<Sequence> live) => new(
        slots.Capacity,
        [.. Enumerable.Range(0, slots.Count).Select(s => new SlotSnapshot(slots[s].Sequence?.Id.Value ?? 0, slots[s].RetainedLength))],
        [.. live.Select(s => new SequenceSnapshot(s.Id.Value, s.Slot, s.Length, s.Computed, s.Demand != Demand.None, s.Ended))],
        [.. scheduler.Running.Select(s => s.Id.Value)],
        [.. scheduler.Waiting.Select(s => s.Id.Value)]);
}
