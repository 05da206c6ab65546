using System.Collections.Concurrent;
using System.Text.Json;
using InferenceServer.Strategies.State;

namespace InferenceServer.Experiments;

/// <summary>
/// Experiments on shared state: each is one document, changed by compare-and-set, and one document lists the names. What was read is remembered for <see cref="Fresh"/>, so that requests do
/// not each read it, and as long as the process lives for when state is away: a stop takes that long to reach other servers.
/// </summary>
public sealed class ExperimentStore(ISharedState state, TimeProvider time)
{
    /// <summary>Experiments of one tenant at most, stopped ones included: a client that makes up a name for every request must not fill the state.</summary>
    public const int MaxExperiments = 1000;

    /// <summary>How old a definition may be that a request uses.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private const string Kind = "experiment", NamesKind = "experiment-names";
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Tenant, string Name), (Experiment? Experiment, long ReadAt)> _remembered = new();

    /// <summary>Every experiment, in order of name.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<IReadOnlyList<Experiment>> ListAsync(string tenant, CancellationToken cancellationToken)
    {
        string? json = await state.GetAsync(NamesKey(tenant), cancellationToken);
        string[] keys = [.. ReadNames(json).Select(name => StateKey.Of(tenant, Kind, name))];
        return [.. (await state.GetManyAsync(keys, cancellationToken)).Where(found => found is not null).Select(found => Read(found!))];
    }

    /// <summary>The experiment as it is now; null when there is none.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<Experiment?> FindAsync(string tenant, string name, CancellationToken cancellationToken) =>
        ExperimentRules.IsName(name) ? Remember(tenant, name, await state.GetAsync(StateKey.Of(tenant, Kind, name), cancellationToken) is { } json ? Read(json) : null) : null;

    /// <summary>The experiment as a request needs it: at most <see cref="Fresh"/> old, or the last that is known while state is away.</summary>
    /// <exception cref="StateUnavailableException">State is away, and nothing was ever known of it.</exception>
    public async ValueTask<Experiment?> RecallAsync(string tenant, string name, CancellationToken cancellationToken)
    {
        bool isKnown = _remembered.TryGetValue((tenant, name), out var known);
        if (isKnown && time.GetElapsedTime(known.ReadAt) < Fresh)
            return known.Experiment;
        try
        {
            return await FindAsync(tenant, name, cancellationToken);
        }
        catch (StateUnavailableException) when (isKnown)
        {
            return known.Experiment;
        }
    }

    /// <summary>Changes an experiment.</summary>
    /// <param name="change">From the experiment as it is, null when there is none, to what it should be; null leaves it as it is. May be called again when somebody else was faster.</param>
    /// <returns>The experiment as it is now; null when there is none.</returns>
    /// <exception cref="TooManyExperimentsException">There is no room for another.</exception>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<Experiment?> ChangeAsync(string tenant, string name, Func<Experiment?, Experiment?> change, CancellationToken cancellationToken)
    {
        string key = StateKey.Of(tenant, Kind, name);
        while (true)
        {
            string? before = await state.GetAsync(key, cancellationToken);
            Experiment? old = before is null ? null : Read(before);
            if (change(old) is not { } next)
                return Remember(tenant, name, old);
            // Named first: an experiment that is listed and not there is skipped, one that is there and not listed would be lost.
            if (old is null)
                await ChangeNamesAsync(tenant, names => names.Contains(name) ? names : names.Length < MaxExperiments ? [.. names.Append(name).Order(StringComparer.Ordinal)] : throw new TooManyExperimentsException(), cancellationToken);
            if (await state.CompareAndSetAsync(key, before, JsonSerializer.Serialize(next, ExperimentJson.Instance.Experiment), null, cancellationToken))
                return Remember(tenant, name, next);
        }
    }

    /// <returns>Whether there was one.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<bool> DeleteAsync(string tenant, string name, CancellationToken cancellationToken)
    {
        bool was = await state.RemoveAsync(StateKey.Of(tenant, Kind, name), cancellationToken);
        await ChangeNamesAsync(tenant, names => [.. names.Where(other => other != name)], cancellationToken);
        Remember(tenant, name, null);
        return was;
    }

    private async Task ChangeNamesAsync(string tenant, Func<string[], string[]> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            string? before = await state.GetAsync(NamesKey(tenant), cancellationToken);
            string[] old = ReadNames(before), next = change(old);
            if (next.Length == old.Length || await state.CompareAndSetAsync(NamesKey(tenant), before, JsonSerializer.Serialize(next, ExperimentJson.Instance.StringArray), null, cancellationToken))
                return;
        }
    }

    private Experiment? Remember(string tenant, string name, Experiment? experiment)
    {
        if (_remembered.Count >= MaxRemembered)
            _remembered.Clear();
        _remembered[(tenant, name)] = (experiment, time.GetTimestamp());
        return experiment;
    }

    private static string NamesKey(string tenant) => StateKey.Of(tenant, NamesKind, "all");

    private static string[] ReadNames(string? json) => json is null ? [] : JsonSerializer.Deserialize(json, ExperimentJson.Instance.StringArray)!;

    private static Experiment Read(string json) => JsonSerializer.Deserialize(json, ExperimentJson.Instance.Experiment)!;
}

/// <summary>There are <see cref="ExperimentStore.MaxExperiments"/> experiments already.</summary>
public sealed class TooManyExperimentsException()
    : Exception($"There are {ExperimentStore.MaxExperiments} experiments already, the most that are kept. Delete some (DELETE /api/experiments/{{name}}), and give an experiment one name for all of its requests.");
