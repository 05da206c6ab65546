using System.Text.Json;
using InferenceServer.Experiments.Routers;
using InferenceServer.Strategies.State;

namespace InferenceServer.Experiments;

/// <summary>
/// What is said about requests after they were answered. A request that takes labels has a document, which is made when the request is recorded; each label is a member of it, changed by
/// compare-and-set, so that the same label twice counts once, whichever servers it came to.
/// </summary>
public sealed class LabelStore(ISharedState state, TimeProvider time)
{
    /// <summary>Labels of one request at most.</summary>
    public const int MaxLabels = 32;

    private const string Kind = "label", VersionKind = "label-version";

    /// <summary>From now on the request takes labels. What it has already stays.</summary>
    /// <param name="experiment">What it took part in; null for nothing.</param>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public Task OpenAsync(string tenant, string request, string? experiment, CancellationToken cancellationToken) => OpenAsync(tenant, request, experiment, decision: null, cost: null, cancellationToken);

    /// <param name="decision">How a router chose its arm; null when none did.</param>
    /// <param name="cost">What the request cost; null when that is not known.</param>
    /// <inheritdoc cref="OpenAsync(string, string, string?, CancellationToken)"/>
    public async Task OpenAsync(string tenant, string request, string? experiment, RouterDecision? decision, RequestCost? cost, CancellationToken cancellationToken)
    {
        string key = StateKey.Of(tenant, Kind, request);
        var opened = new RequestLabels { Experiment = experiment, Decision = decision, Cost = cost };
        if (await state.CompareAndSetAsync(key, null, Write(opened), ExposureStore.Retention, cancellationToken))
            return;
        // Somebody opened it before, for another reason.
        while (experiment is not null && await state.GetAsync(key, cancellationToken) is { } before && Read(before).Experiment is null)
            if (await state.CompareAndSetAsync(key, before, Write(Read(before) with { Experiment = experiment, Decision = decision, Cost = cost }), ExposureStore.Retention, cancellationToken))
                return;
    }

    /// <summary>The router has learnt from the request.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    internal async Task MarkRewardedAsync(string tenant, string request, double value, CancellationToken cancellationToken)
    {
        string key = StateKey.Of(tenant, Kind, request);
        while (await state.GetAsync(key, cancellationToken) is { } before && Read(before).Rewarded != value)
            if (await state.CompareAndSetAsync(key, before, Write(Read(before) with { Rewarded = value }), ExposureStore.Retention, cancellationToken))
                return;
    }

    /// <summary>Sets a label.</summary>
    /// <exception cref="StateUnavailableException">State is away; the label may or may not be set, and setting it again is right.</exception>
    public async Task<LabelResult> SetAsync(string tenant, string request, string name, double value, bool isBoolean, CancellationToken cancellationToken)
    {
        if (!IsRequest(request))
            return LabelResult.UnknownRequest;
        string key = StateKey.Of(tenant, Kind, request);
        while (true)
        {
            if (await state.GetAsync(key, cancellationToken) is not { } before)
                return LabelResult.UnknownRequest;
            RequestLabels document = Read(before);
            Label? old = document.Labels.GetValueOrDefault(name);
            if (old is null && document.Labels.Count >= MaxLabels)
                return LabelResult.TooMany;
            if (old is not null && old.Value == value && old.IsBoolean == isBoolean)
            {
                // Whoever set it may have died before this.
                await CountAsync(tenant, document.Experiment, cancellationToken);
                return LabelResult.Unchanged;
            }
            var next = document with { Labels = new Dictionary<string, Label>(document.Labels) { [name] = new(value, isBoolean, time.GetUtcNow()) } };
            if (await state.CompareAndSetAsync(key, before, Write(next), ExposureStore.Retention, cancellationToken))
            {
                await CountAsync(tenant, document.Experiment, cancellationToken);
                return old is null ? LabelResult.Added : LabelResult.Replaced;
            }
        }
    }

    /// <summary>A number that grows after each label of an experiment's requests: two readings that are equal have no acknowledged label between them.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    internal async ValueTask<string?> VersionAsync(string tenant, string experiment, CancellationToken cancellationToken) =>
        await state.GetAsync(StateKey.Of(tenant, VersionKind, experiment), cancellationToken);

    /// <summary>Forgets an experiment's number.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    internal ValueTask<bool> RemoveVersionAsync(string tenant, string experiment, CancellationToken cancellationToken) =>
        state.RemoveAsync(StateKey.Of(tenant, VersionKind, experiment), cancellationToken);

    private async ValueTask CountAsync(string tenant, string? experiment, CancellationToken cancellationToken)
    {
        if (experiment is not null)
            await state.AddAsync(StateKey.Of(tenant, VersionKind, experiment), 1, null, cancellationToken);
    }

    /// <summary>What is known of a request; null when it takes no labels.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<RequestLabels?> FindAsync(string tenant, string request, CancellationToken cancellationToken) =>
        IsRequest(request) && await state.GetAsync(StateKey.Of(tenant, Kind, request), cancellationToken) is { } json ? Read(json) : null;

    /// <summary>The same of several, in their order.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<IReadOnlyList<RequestLabels?>> FindManyAsync(string tenant, IReadOnlyList<string> requests, CancellationToken cancellationToken) =>
        [.. (await state.GetManyAsync([.. requests.Select(request => StateKey.Of(tenant, Kind, request))], cancellationToken)).Select(json => json is null ? null : Read(json))];

    /// <summary>The request takes no further labels, and those it has are forgotten.</summary>
    /// <returns>Whether it took any.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public ValueTask<bool> RemoveAsync(string tenant, string request, CancellationToken cancellationToken) =>
        IsRequest(request) ? state.RemoveAsync(StateKey.Of(tenant, Kind, request), cancellationToken) : new(false);

    private static bool IsRequest(string request) => request.Length is > 0 and <= 64 && request.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static RequestLabels Read(string json) => JsonSerializer.Deserialize(json, ExperimentJson.Instance.RequestLabels)!;

    private static string Write(RequestLabels labels) => JsonSerializer.Serialize(labels, ExperimentJson.Instance.RequestLabels);
}

/// <summary>What became of a label.</summary>
public enum LabelResult
{
    Added,

    /// <summary>It had another value before.</summary>
    Replaced,

    /// <summary>It had this value already.</summary>
    Unchanged,

    /// <summary>No such request takes labels.</summary>
    UnknownRequest,

    /// <summary>The request has <see cref="LabelStore.MaxLabels"/> already.</summary>
    TooMany,
}
