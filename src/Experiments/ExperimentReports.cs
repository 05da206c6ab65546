using System.Collections.Concurrent;
using System.Text.Json;
using InferenceServer.Strategies.State;

namespace InferenceServer.Experiments;

/// <summary>
/// Reports of experiments. A report reads every exposure, so the last one of each experiment is remembered, and given again as long as nothing changed on any server: neither the definition, nor
/// the number of exposures, nor the number that grows after each label, and no exposure came to a number that had none. That is asked of shared state each time, and costs a few keys instead of all.
/// </summary>
public sealed class ExperimentReports(ExposureStore exposures, LabelStore labels)
{
    /// <summary>Reports remembered at most; they are small.</summary>
    private const int MaxRemembered = 1000;

    private readonly ConcurrentDictionary<(string Tenant, string Name), Remembered> _remembered = new();

    /// <summary>What the experiment says so far.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<ExperimentReport> ReadAsync(string tenant, Experiment experiment, CancellationToken cancellationToken)
    {
        // Asked before the exposures are read: what comes meanwhile may be in the report, and the next one is made anew all the same.
        string definition = JsonSerializer.Serialize(experiment, ExperimentJson.Instance.Experiment);
        long count = await exposures.CountAsync(tenant, experiment.Name, cancellationToken);
        string? said = await labels.VersionAsync(tenant, experiment.Name, cancellationToken);
        if (_remembered.TryGetValue((tenant, experiment.Name), out Remembered? known) && known.Definition == definition && known.Count == count && known.Said == said
            && !await exposures.HasAnyAsync(tenant, experiment.Name, known.Missing, cancellationToken))
            return known.Report;
        var tally = new ExperimentTally(experiment);
        var missing = new List<long>();
        await foreach (LabelledExposure exposure in exposures.ReadAsync(tenant, experiment.Name, missing, cancellationToken))
            tally.Add(exposure);
        ExperimentReport report = ExperimentReport.Of(tally);
        if (_remembered.Count >= MaxRemembered)
            _remembered.Clear();
        _remembered[(tenant, experiment.Name)] = new(definition, count, said, missing, report);
        return report;
    }

    /// <summary>A report, and what it was made of.</summary>
    private sealed record Remembered(string Definition, long Count, string? Said, IReadOnlyList<long> Missing, ExperimentReport Report);
}
