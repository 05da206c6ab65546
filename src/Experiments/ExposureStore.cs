using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using InferenceServer.Strategies.State;

namespace InferenceServer.Experiments;

/// <summary>
/// Exposures on shared state. Each gets the next number from a counter and a key of its own under that number, so that servers add without meeting, reading needs no search, and a crash
/// between the two leaves a number without an exposure, which is skipped. Statistics are computed from these records: nothing is counted twice, and a label that comes late
/// or is corrected counts as if it had been there from the start.
/// </summary>
public sealed class ExposureStore(ISharedState state, LabelStore labels)
{
    /// <summary>Exposures of one experiment at most; later ones are not recorded. A difference that so many do not show is none.</summary>
    public const int MaxExposures = 200_000;

    /// <summary>How long an exposure and its labels are kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(180);

    private const string Kind = "exposure", CountKind = "exposure-count";
    private const int Chunk = 1000;

    /// <summary>Records an exposure. When it returns, exposure and place for labels survive the death of the process.</summary>
    /// <returns>Its number, from 1; null when the experiment is full.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<long?> AddAsync(string tenant, string experiment, Exposure exposure, CancellationToken cancellationToken)
    {
        long number = (await state.AddAsync(CountKey(tenant, experiment), 1, null, cancellationToken)).Value;
        if (number > MaxExposures)
            return null;
        Task record = state.SetAsync(KeyOf(tenant, experiment, number), JsonSerializer.Serialize(exposure, ExperimentJson.Instance.Exposure), Retention, cancellationToken).AsTask();
        await Task.WhenAll(record, labels.OpenAsync(tenant, exposure.Request, experiment, exposure.Decision, exposure.Decision is null ? null : RequestCost.Of(exposure), cancellationToken));
        return number;
    }

    /// <summary>How many exposures were numbered; those recorded are as many but for crashes.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async ValueTask<long> CountAsync(string tenant, string experiment, CancellationToken cancellationToken) =>
        Math.Min(MaxExposures, await state.GetAsync(CountKey(tenant, experiment), cancellationToken) is { } count ? long.Parse(count, CultureInfo.InvariantCulture) : 0);

    /// <summary>Every exposure with its labels, in order of number.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public IAsyncEnumerable<LabelledExposure> ReadAsync(string tenant, string experiment, CancellationToken cancellationToken) => ReadAsync(tenant, experiment, missing: [], cancellationToken);

    /// <param name="missing">Gets the numbers without an exposure: of crashes, and of exposures that are being recorded.</param>
    /// <inheritdoc cref="ReadAsync(string, string, CancellationToken)"/>
    internal async IAsyncEnumerable<LabelledExposure> ReadAsync(string tenant, string experiment, List<long> missing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long count = await CountAsync(tenant, experiment, cancellationToken);
        for (long first = 1; first <= count; first += Chunk)
        {
            string[] keys = [.. Enumerable.Range(0, (int)Math.Min(Chunk, count - first + 1)).Select(i => KeyOf(tenant, experiment, first + i))];
            IReadOnlyList<string?> found = await state.GetManyAsync(keys, cancellationToken);
            missing.AddRange(Enumerable.Range(0, keys.Length).Where(i => found[i] is null).Select(i => first + i));
            Exposure[] exposures = [.. found.Where(json => json is not null).Select(json => JsonSerializer.Deserialize(json!, ExperimentJson.Instance.Exposure)!)];
            IReadOnlyList<RequestLabels?> said = await labels.FindManyAsync(tenant, [.. exposures.Select(exposure => exposure.Request)], cancellationToken);
            for (int i = 0; i < exposures.Length; i++)
                yield return new(exposures[i], said[i]?.Labels ?? new Dictionary<string, Label>());
        }
    }

    /// <summary>Whether one of these numbers has an exposure.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    internal async ValueTask<bool> HasAnyAsync(string tenant, string experiment, IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        foreach (long[] some in numbers.Chunk(Chunk))
            if ((await state.GetManyAsync([.. some.Select(number => KeyOf(tenant, experiment, number))], cancellationToken)).Any(found => found is not null))
                return true;
        return false;
    }

    /// <summary>Forgets an experiment's exposures and their labels.</summary>
    /// <exception cref="StateUnavailableException">State is away; asking again goes on where this stopped.</exception>
    public async Task DeleteAsync(string tenant, string experiment, CancellationToken cancellationToken)
    {
        long count = await CountAsync(tenant, experiment, cancellationToken);
        for (long first = 1; first <= count; first += Chunk)
        {
            string[] keys = [.. Enumerable.Range(0, (int)Math.Min(Chunk, count - first + 1)).Select(i => KeyOf(tenant, experiment, first + i))];
            IReadOnlyList<string?> found = await state.GetManyAsync(keys, cancellationToken);
            // Together, so that the cost of reaching the disk is shared.
            await Task.WhenAll(keys.Zip(found).Where(pair => pair.Second is not null).Select(async pair =>
            {
                await labels.RemoveAsync(tenant, JsonSerializer.Deserialize(pair.Second!, ExperimentJson.Instance.Exposure)!.Request, cancellationToken);
                await state.RemoveAsync(pair.First, cancellationToken);
            }));
        }
        await state.RemoveAsync(CountKey(tenant, experiment), cancellationToken);
        await labels.RemoveVersionAsync(tenant, experiment, cancellationToken);
    }

    private static string KeyOf(string tenant, string experiment, long number) => StateKey.Of(tenant, Kind, experiment, number.ToString(CultureInfo.InvariantCulture));

    private static string CountKey(string tenant, string experiment) => StateKey.Of(tenant, CountKind, experiment);
}

/// <summary>An exposure with what was said about it.</summary>
public sealed record LabelledExposure(Exposure Exposure, IReadOnlyDictionary<string, Label> Labels)
{
    /// <summary>A metric's value, measured or said; null when the exposure has none.</summary>
    public double? Value(string metric) => Exposure.Metrics.TryGetValue(metric, out double measured) ? measured : Labels.TryGetValue(metric, out Label? label) ? label.Value : null;
}
