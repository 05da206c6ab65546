using System.Globalization;
using System.Text.Json;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Handbooks;

/// <summary>
/// Handbooks on shared state: each is one document, changed by compare-and-set, so that two who change it at once lose nothing; counters lie beside it, one key each, so
/// that requests add to them without touching the document.
/// </summary>
public sealed class HandbookStore(ISharedState state, StateEvents events)
{
    private const string Kind = "handbook", CounterKind = "handbook-counter", HistoryKind = "handbook-history";
    private const int HistoryLength = 20;
    private static readonly string[] Counters = ["shown", "shown-judged", "shown-right", "withheld-judged", "withheld-right", "cited", "cited-right"];

    /// <summary>Every handbook, in order of name.</summary>
    public async Task<IReadOnlyList<Handbook>> ListAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> keys = await state.KeysAsync(tenant.Prefix(Kind), cancellationToken);
        return [.. (await state.GetManyAsync(keys, cancellationToken)).Where(json => json is not null).Select(json => Read(json!))];
    }

    public async ValueTask<Handbook?> FindAsync(Tenant tenant, string name, CancellationToken cancellationToken) =>
        BehaviourRules.IsHandbookName(name) && await state.GetAsync(tenant.Key(Kind, name), cancellationToken) is { } json ? Read(json) : null;

    /// <summary>Changes a handbook and gives it its next version. An entry whose instruction changed gets its next version too.</summary>
    /// <param name="change">From the handbook as it is, null when there is none, to its entries as they should be; null leaves it as it is. May be called again when somebody
    /// else was faster.</param>
    /// <returns>The handbook as it is now; null when there is none.</returns>
    public async Task<Handbook?> ChangeAsync(Tenant tenant, string name, Func<Handbook?, IReadOnlyList<Behaviour>?> change, CancellationToken cancellationToken)
    {
        string key = tenant.Key(Kind, name);
        while (true)
        {
            string? before = await state.GetAsync(key, cancellationToken);
            Handbook? old = before is null ? null : Read(before);
            if (change(old) is not { } wanted)
                return old;
            Dictionary<string, Behaviour> known = old?.Behaviours.ToDictionary(behaviour => behaviour.Name, StringComparer.Ordinal) ?? [];
            Behaviour[] entries = [.. wanted.Select(entry => Versioned(entry, known.GetValueOrDefault(entry.Name))).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
            var next = new Handbook(name, (old?.Version ?? 0) + 1, entries);
            if (!await state.CompareAndSetAsync(key, before, JsonSerializer.Serialize(next, HandbookJson.Instance.Handbook), null, cancellationToken))
                continue;
            foreach (Behaviour entry in entries)
                if (known.GetValueOrDefault(entry.Name) is { } former && former.Version != entry.Version)
                    await state.SetAsync(HistoryKey(tenant, name, former.Name, former.Version), JsonSerializer.Serialize(former, HandbookJson.Instance.Behaviour), null, cancellationToken);
            return next;
        }
    }

    /// <summary>Deletes a handbook with its counters and former versions.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(Tenant tenant, string name, CancellationToken cancellationToken)
    {
        if (!BehaviourRules.IsHandbookName(name) || !await state.RemoveAsync(tenant.Key(Kind, name), cancellationToken))
            return false;
        foreach (string kind in (string[])[CounterKind, HistoryKind])
            foreach (string key in await state.KeysAsync(tenant.Prefix(kind, name), cancellationToken))
                await state.RemoveAsync(key, cancellationToken);
        return true;
    }

    /// <summary>Former versions of an entry, the latest first, twenty at most.</summary>
    public async Task<IReadOnlyList<Behaviour>> HistoryAsync(Tenant tenant, string handbook, Behaviour behaviour, CancellationToken cancellationToken)
    {
        int newest = behaviour.Version - 1;
        string[] keys = [.. Enumerable.Range(0, Math.Min(newest, HistoryLength)).Select(back => HistoryKey(tenant, handbook, behaviour.Name, newest - back))];
        return [.. (await state.GetManyAsync(keys, cancellationToken)).Where(json => json is not null).Select(json => JsonSerializer.Deserialize(json!, HandbookJson.Instance.Behaviour)!)];
    }

    /// <summary>What came of each entry, in the order given.</summary>
    public async Task<IReadOnlyList<BehaviourCounters>> CountersAsync(Tenant tenant, string handbook, IReadOnlyList<Behaviour> behaviours, CancellationToken cancellationToken)
    {
        string[] keys = [.. behaviours.SelectMany(behaviour => Counters.Select(counter => CounterKey(tenant, handbook, behaviour, counter)))];
        IReadOnlyList<string?> values = await state.GetManyAsync(keys, cancellationToken);
        return [.. behaviours.Select((_, index) =>
        {
            long[] counts = [.. Enumerable.Range(index * Counters.Length, Counters.Length).Select(i => long.Parse(values[i] ?? "0", CultureInfo.InvariantCulture))];
            return new BehaviourCounters(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]);
        })];
    }

    /// <summary>Counts trials, in the background.</summary>
    public void Count(Tenant tenant, string handbook, IReadOnlyList<BehaviourTrial> trials)
    {
        foreach (BehaviourTrial trial in trials)
        {
            Add(trial.Shown, "shown");
            Add(trial is { Shown: true, Right: not null }, "shown-judged");
            Add(trial is { Shown: true, Right: true }, "shown-right");
            Add(trial is { Shown: false, Right: not null }, "withheld-judged");
            Add(trial is { Shown: false, Right: true }, "withheld-right");
            Add(trial.Cited, "cited");
            Add(trial is { Cited: true, Right: true }, "cited-right");

            void Add(bool happened, string counter)
            {
                if (happened)
                    events.Add(CounterKey(tenant, handbook, trial.Behaviour, counter), 1);
            }
        }
    }

    /// <summary>Retires what <see cref="Retirement"/> calls dead.</summary>
    /// <returns>The entries that were retired now; null when there is no such handbook.</returns>
    public async Task<IReadOnlyList<Behaviour>?> RetireAsync(Tenant tenant, string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(tenant, name, cancellationToken) is not { } handbook)
            return null;
        Behaviour[] active = [.. handbook.Active];
        IReadOnlyList<BehaviourCounters> counters = await CountersAsync(tenant, name, active, cancellationToken);
        var reasons = active.Zip(counters, (entry, count) => (Key: (entry.Name, entry.Version), Reason: Retirement.Reason(count)))
            .Where(dead => dead.Reason is not null).ToDictionary(dead => dead.Key, dead => dead.Reason!);
        if (reasons.Count == 0)
            return [];
        Behaviour[] retired = [];
        await ChangeAsync(tenant, name, current =>
        {
            // Somebody may have reworded an entry meanwhile: the new wording has not been judged.
            retired = [.. current?.Active.Where(entry => reasons.ContainsKey((entry.Name, entry.Version))).Select(entry => entry with { Retired = reasons[(entry.Name, entry.Version)] }) ?? []];
            return retired.Length == 0 ? null : [.. current!.Behaviours.Select(entry => retired.FirstOrDefault(dead => dead.Name == entry.Name) ?? entry)];
        }, cancellationToken);
        return retired;
    }

    private static Behaviour Versioned(Behaviour wanted, Behaviour? known) => wanted with
    {
        Version = known is null ? 1 : known.Instruction == wanted.Instruction ? known.Version : known.Version + 1,
    };

    private static string CounterKey(Tenant tenant, string handbook, Behaviour behaviour, string counter) =>
        tenant.Key(CounterKind, handbook, behaviour.Name, behaviour.Version.ToString(CultureInfo.InvariantCulture), counter);

    private static string HistoryKey(Tenant tenant, string handbook, string behaviour, int version) =>
        tenant.Key(HistoryKind, handbook, behaviour, version.ToString(CultureInfo.InvariantCulture));

    private static Handbook Read(string json) => JsonSerializer.Deserialize(json, HandbookJson.Instance.Handbook)!;
}
