using System.Collections.Concurrent;
using System.Text.Json;
using InferenceServer.Strategies.State;

namespace InferenceServer.Experiments.Routers;

/// <summary>
/// What routers have learnt, on shared state: a document for each experiment, changed by compare-and-set, so that all servers learn one posterior and a restart forgets nothing. A server's own
/// changes wait for each other, so that servers compete only with servers. A reward is counted once however often it is told: the document remembers whom it has counted last, and the request's
/// record, which is marked after that, everyone.
/// </summary>
public sealed class RouterStore(ISharedState state, LabelStore labels, TimeProvider time)
{
    /// <summary>Rewards that the document remembers: more than servers can have between counting one and marking it.</summary>
    private const int MaxRecent = 256;

    private const string Kind = "router";

    private readonly ConcurrentDictionary<(string Tenant, string Experiment), (SemaphoreSlim Turn, RouterState? Known)> _own = new();

    /// <summary>What is known.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<RouterState> ReadAsync(string tenant, string experiment, ExperimentRouter router, CancellationToken cancellationToken) =>
        Remember(tenant, experiment, Read(await state.GetAsync(KeyOf(tenant, experiment), cancellationToken), router).State);

    /// <summary>The same, or what was known last while state is away: then nothing is learnt, and this server goes on choosing by what it knows.</summary>
    public async ValueTask<RouterState> RecallAsync(string tenant, string experiment, ExperimentRouter router, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(tenant, experiment, router, cancellationToken);
        }
        catch (StateUnavailableException)
        {
            return _own.TryGetValue((tenant, experiment), out var own) && own.Known is { } known ? known : RouterState.Empty;
        }
    }

    /// <summary>An arm was chosen.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public Task PullAsync(string tenant, string experiment, ExperimentRouter router, RouterDecision decision, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        return ChangeAsync(tenant, experiment, router, document => document with { State = document.State.Pull(decision, router.Router.Options.Discount, now) }, cancellationToken);
    }

    /// <summary>A choice's metric is known, or is another than it was.</summary>
    /// <param name="request">Whose it is. A request that was not chosen for by a router is left alone.</param>
    /// <param name="value">Of the router's metric.</param>
    /// <exception cref="StateUnavailableException">State is away; the reward may or may not be counted, and telling it again is right.</exception>
    public async Task RewardAsync(string tenant, string experiment, ExperimentRouter router, string request, double value, CancellationToken cancellationToken)
    {
        if (await labels.FindAsync(tenant, request, cancellationToken) is not { Decision: { } decision } record || record.Experiment != experiment || record.Rewarded == value)
            return;
        await ChangeAsync(tenant, experiment, router, document =>
        {
            Rewarded? counted = document.Recent.FirstOrDefault(one => one.Request == request);
            if (counted?.Value == value)
                return document;
            double reward = router.RewardOf(value, record.Cost);
            RouterState next = (counted?.Value ?? record.Rewarded) is { } before ? document.State.Correct(decision, router.RewardOf(before, record.Cost), reward) : document.State.Reward(decision, reward);
            return document with { State = next, Recent = [new(request, value), .. document.Recent.Where(one => one.Request != request).Take(MaxRecent - 1)] };
        }, cancellationToken);
        await labels.MarkRewardedAsync(tenant, request, value, cancellationToken);
    }

    /// <summary>Forgets what was learnt.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task DeleteAsync(string tenant, string experiment, CancellationToken cancellationToken)
    {
        await state.RemoveAsync(KeyOf(tenant, experiment), cancellationToken);
        _own.TryRemove((tenant, experiment), out _);
    }

    private async Task ChangeAsync(string tenant, string experiment, ExperimentRouter router, Func<RouterDocument, RouterDocument> change, CancellationToken cancellationToken)
    {
        string key = KeyOf(tenant, experiment);
        SemaphoreSlim turn = _own.GetOrAdd((tenant, experiment), _ => (new(1, 1), null)).Turn;
        await turn.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                string? before = await state.GetAsync(key, cancellationToken);
                RouterDocument old = Read(before, router), next = change(old);
                if (ReferenceEquals(old, next) || await state.CompareAndSetAsync(key, before, JsonSerializer.Serialize(next, ExperimentJson.Instance.RouterDocument), null, cancellationToken))
                {
                    Remember(tenant, experiment, next.State);
                    return;
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private RouterState Remember(string tenant, string experiment, RouterState known)
    {
        _own.AddOrUpdate((tenant, experiment), _ => (new(1, 1), known), (_, own) => own with { Known = known });
        return known;
    }

    /// <summary>What was learnt from another metric says nothing of this one.</summary>
    private static RouterDocument Read(string? json, ExperimentRouter router) =>
        json is not null && JsonSerializer.Deserialize(json, ExperimentJson.Instance.RouterDocument)! is var document && document.Metric == router.Learns
            ? document : new(router.Learns, RouterState.Empty, []);

    private static string KeyOf(string tenant, string experiment) => StateKey.Of(tenant, Kind, experiment);
}

/// <summary>A router's state as it is stored.</summary>
/// <param name="Metric">What it was learnt from, <see cref="ExperimentRouter.Learns"/>.</param>
/// <param name="Recent">The rewards that were counted last, newest first.</param>
internal sealed record RouterDocument(string Metric, RouterState State, IReadOnlyList<Rewarded> Recent);

/// <summary>A request whose reward is counted, with the metric's value.</summary>
internal sealed record Rewarded(string Request, double Value);
