using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Traces;

/// <summary>
/// Traces in shared state. Each tenant's are numbered; under the number stands the summary, under the id the trace. The newest <c>--traces-max</c> are kept, none longer than
/// <c>--traces-days</c>. Whoever writes a trace removes those that fall out, so several servers keep one count.
/// </summary>
public sealed class TraceStore(ISharedState state, LabelStore labels, ServerOptions options)
{
    private const string Kind = "trace", ByNumber = "trace-at", Count = "trace-count", Floor = "trace-floor", ShadowKind = "trace-shadow";

    /// <summary>Summaries read in one round trip; traces removed at most for each one written, after <c>--traces-max</c> was lowered.</summary>
    private const int Page = 200, Removals = 8;

    /// <summary>How long a shadow waits for its trace where traces have no limit of age: one whose trace was dropped, or is removed already, must not stay for ever.</summary>
    private static readonly TimeSpan Unpaired = TimeSpan.FromDays(1);

    private TimeSpan? Expiry => options.TracesDays > 0 ? TimeSpan.FromDays(options.TracesDays) : null;

    /// <summary>The number of the first of several new traces.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<long> ReserveAsync(Tenant tenant, int traces, CancellationToken cancellationToken) =>
        (await state.AddAsync(tenant.Key(Count), traces, window: null, cancellationToken)).Value - traces + 1;

    /// <summary>Writes a trace, whose request takes feedback from then on; writing it again under its number changes nothing.</summary>
    /// <exception cref="StateUnavailableException">State is away; some of it may have been written.</exception>
    public async Task WriteAsync(Tenant tenant, long number, StoredTrace trace, CancellationToken cancellationToken)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{number}:{TraceCodec.Encode(trace)}");
        await Task.WhenAll(
            state.SetAsync(tenant.Key(Kind, trace.Summary.Id), text, Expiry, cancellationToken).AsTask(),
            state.SetAsync(At(tenant, number), JsonSerializer.Serialize(trace.Summary, ApiJson.Instance.TraceSummary), Expiry, cancellationToken).AsTask(),
            labels.OpenAsync(tenant.Name, trace.Summary.Id, experiment: null, cancellationToken));
        if (Expiry is null && await state.GetAsync(tenant.Key(ShadowKind, trace.Summary.Id), cancellationToken) is { } shadow)
            await PairAsync(tenant, trace.Summary.Id, shadow, cancellationToken);
    }

    /// <summary>Removes what fell out of the newest <c>--traces-max</c> with those just written.</summary>
    /// <param name="written">Their numbers and ids: one that was overtaken by as many as are kept while it was written is too old already, and its number may be gone before its trace came.</param>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task TrimAsync(Tenant tenant, IReadOnlyList<(long Number, string Id)> written, CancellationToken cancellationToken)
    {
        (long newest, long floor) = await BoundsAsync(tenant, cancellationToken);
        long end = Math.Min(newest - options.TracesMax, floor + written.Count * Removals);
        string[] keys = [.. written.Select(trace => trace.Number).Where(number => number <= floor).Concat(Numbers(floor + 1, end)).Select(number => At(tenant, number))];
        if (keys.Length == 0)
            return;
        IReadOnlyList<string?> summaries = await state.GetManyAsync(keys, cancellationToken);
        IEnumerable<string> ids = summaries.Select(Read).OfType<TraceSummary>().Select(summary => summary.Id).Concat(written.Where(trace => trace.Number <= newest - options.TracesMax).Select(trace => trace.Id));
        await Task.WhenAll(keys.Select(key => state.RemoveAsync(key, cancellationToken).AsTask()).Concat(ids.Distinct().Select(id => RemoveAsync(tenant, id, cancellationToken))));
        // Last, so that a server that dies before leaves nothing behind. Another that was faster may have set it higher; then it is found too low once, and set again.
        if (end > floor)
            await state.SetAsync(tenant.Key(Floor), end.ToString(CultureInfo.InvariantCulture), expiry: null, cancellationToken);
    }

    /// <summary>Null when there is none by this id.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<StoredTrace?> FindAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        await TextAsync(tenant, id, cancellationToken) is { } text ? TraceCodec.Decode(text.AsSpan(text.IndexOf(':', StringComparison.Ordinal) + 1)) : null;

    /// <summary>Whether there is one by this id.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<bool> HasAsync(Tenant tenant, string id, CancellationToken cancellationToken) => await TextAsync(tenant, id, cancellationToken) is not null;

    /// <param name="before">Only traces older than this one.</param>
    /// <param name="experiment">Only those of this experiment.</param>
    /// <returns>The newest first; null when there is no trace <paramref name="before"/>.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<TraceList?> ListAsync(Tenant tenant, int limit, string? before, string? experiment, CancellationToken cancellationToken)
    {
        (long newest, long floor) = await BoundsAsync(tenant, cancellationToken);
        if (before is not null)
        {
            if (await TextAsync(tenant, before, cancellationToken) is not { } text)
                return null;
            newest = NumberOf(text) - 1;
        }
        var found = new List<TraceSummary>();
        await foreach (TraceSummary summary in DownAsync(tenant, newest, floor, cancellationToken))
        {
            if (experiment is not null && summary.Experiment != experiment)
                continue;
            if (found.Count == limit)
                return new(found, true);
            found.Add(summary);
        }
        return new(found, false);
    }

    /// <summary>Whole traces, the newest first.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async IAsyncEnumerable<StoredTrace> ReadAsync(Tenant tenant, string? experiment, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (long newest, long floor) = await BoundsAsync(tenant, cancellationToken);
        await foreach (TraceSummary summary in DownAsync(tenant, newest, floor, cancellationToken))
        {
            // Numbered when they ended, created when they began: an older one may follow.
            if ((experiment is not null && summary.Experiment != experiment) || summary.Created < since?.ToUnixTimeSeconds())
                continue;
            if (await FindAsync(tenant, summary.Id, cancellationToken) is { } trace)
                yield return trace;
        }
    }

    /// <returns>Whether there was one.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<bool> DeleteAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        if (await TextAsync(tenant, id, cancellationToken) is not { } text)
            return false;
        await state.RemoveAsync(At(tenant, NumberOf(text)), cancellationToken);
        return await RemoveAsync(tenant, id, cancellationToken);
    }

    /// <summary>What the shadow plan made of a request; null when it has none.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<ShadowBody?> FindShadowAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        IsId(id) && await state.GetAsync(tenant.Key(ShadowKind, id), cancellationToken) is { } json ? JsonSerializer.Deserialize(json, ApiJson.Instance.ShadowBody) : null;

    /// <summary>Writes what the shadow plan made of a request, before or after its trace.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task WriteShadowAsync(Tenant tenant, string id, ShadowBody shadow, CancellationToken cancellationToken)
    {
        string text = JsonSerializer.Serialize(shadow, ApiJson.Instance.ShadowBody);
        await state.SetAsync(tenant.Key(ShadowKind, id), text, Expiry ?? Unpaired, cancellationToken);
        if (Expiry is null && await HasAsync(tenant, id, cancellationToken))
            await PairAsync(tenant, id, text, cancellationToken);
    }

    /// <summary>
    /// From now on the shadow stays as long as its trace, which has no limit of age. Trace and shadow each write themselves and then look for the other, so one of them finds it; removal takes the trace
    /// first, and what it took in between does not come back.
    /// </summary>
    private async Task PairAsync(Tenant tenant, string id, string shadow, CancellationToken cancellationToken) =>
        await state.CompareAndSetAsync(tenant.Key(ShadowKind, id), shadow, shadow, null, cancellationToken);

    private async IAsyncEnumerable<TraceSummary> DownAsync(Tenant tenant, long newest, long floor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long last = newest; last > floor; last -= Page)
        {
            string[] keys = [.. Numbers(Math.Max(floor + 1, last - Page + 1), last).Reverse().Select(number => At(tenant, number))];
            foreach (string? json in await state.GetManyAsync(keys, cancellationToken))
                if (Read(json) is { } summary)
                    yield return summary;
        }
    }

    /// <summary>The highest number given out, and the highest of those that were removed.</summary>
    private async ValueTask<(long Newest, long Floor)> BoundsAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        IReadOnlyList<string?> bounds = await state.GetManyAsync([tenant.Key(Count), tenant.Key(Floor)], cancellationToken);
        long newest = Number(bounds[0]), floor = Number(bounds[1]);
        // A state that has lost its count starts over.
        return (newest, floor > newest ? 0 : floor);
    }

    private async ValueTask<string?> TextAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        IsId(id) ? await state.GetAsync(tenant.Key(Kind, id), cancellationToken) : null;

    /// <returns>Whether there was a trace.</returns>
    private async Task<bool> RemoveAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        bool was = await state.RemoveAsync(tenant.Key(Kind, id), cancellationToken);
        await state.RemoveAsync(tenant.Key(ShadowKind, id), cancellationToken);
        return was;
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (long number = first; number <= last; number++)
            yield return number;
    }

    private static string At(Tenant tenant, long number) => tenant.Key(ByNumber, number.ToString(CultureInfo.InvariantCulture));
    private static TraceSummary? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, ApiJson.Instance.TraceSummary);
    private static long Number(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
    private static long NumberOf(string text) => long.Parse(text.AsSpan(0, text.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
