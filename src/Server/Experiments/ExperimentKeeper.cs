using System.Collections.Concurrent;
using InferenceServer.Experiments;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Experiments;

/// <summary>Takes experiments through their ramps and stops arms that break a guardrail, when requests bring a reason to look.</summary>
public sealed class ExperimentKeeper(ExperimentStore store, ExposureStore exposures, TimeProvider time, ILogger<ExperimentKeeper> logger)
{
    /// <summary>Guardrails are looked at when exposures have grown by a twentieth, those on a label when its labels have: a look reads everything.</summary>
    private const double Growth = 1.05;

    /// <summary>Labels that came to this server since it started, of experiments with a guardrail on them.</summary>
    private readonly ConcurrentDictionary<(string Tenant, string Name), int> _labels = new();

    private readonly ConcurrentDictionary<(string Tenant, string Name), bool> _looking = new();

    /// <summary>The experiment with the steps that are due by the clock, which are put on record. By the clock alone: what exposures bring is done when they come.</summary>
    public async ValueTask<Experiment> AdvanceAsync(Tenant tenant, Experiment experiment, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (ReferenceEquals(experiment.Advance(now, 0), experiment))
            return experiment;
        try
        {
            return await store.ChangeAsync(tenant.Name, experiment.Name, current => Changed(current, old => old.Advance(now, 0)), cancellationToken) ?? experiment;
        }
        catch (StateUnavailableException)
        {
            // A step that is not on record would be taken on one server alone.
            return experiment;
        }
    }

    /// <summary>An exposure was recorded. What follows from it is done in the background.</summary>
    /// <param name="number">Its number.</param>
    public void Exposed(Tenant tenant, Experiment experiment, long number)
    {
        bool rampIsDue = !ReferenceEquals(experiment.Advance(DateTimeOffset.MinValue, number), experiment);
        if (!rampIsDue && (experiment.Guardrails.Count == 0 || !Milestones.Is(number, Growth)))
            return;
        if (_looking.TryAdd((tenant.Name, experiment.Name), true))
            _ = LookAsync(tenant, experiment, number);
    }

    /// <summary>A label of one of its exposures was recorded, which may be days after the last exposure. What follows from it is done in the background.</summary>
    public void Labelled(Tenant tenant, Experiment experiment, string label)
    {
        if (experiment.Guardrails.All(guardrail => guardrail.Metric != label) || !Milestones.Is(_labels.AddOrUpdate((tenant.Name, experiment.Name), 1, (_, count) => count + 1), Growth))
            return;
        if (_looking.TryAdd((tenant.Name, experiment.Name), true))
            _ = LookAsync(tenant, experiment, 0);
    }

    private async Task LookAsync(Tenant tenant, Experiment experiment, long number)
    {
        try
        {
            // Leaves the request at once.
            await Task.Yield();
            var tally = new ExperimentTally(experiment);
            if (experiment.Guardrails.Count > 0)
                await foreach (LabelledExposure exposure in exposures.ReadAsync(tenant.Name, experiment.Name, CancellationToken.None))
                    tally.Add(exposure);
            await store.ChangeAsync(tenant.Name, experiment.Name, current => Changed(current, old => GuardrailCheck.Apply(old.Advance(time.GetUtcNow(), number), tally)), CancellationToken.None);
        }
        catch (StateUnavailableException)
        {
            // The next milestone looks again.
        }
#pragma warning disable CA1031 // Nobody waits for this task: what goes wrong is said in the log.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogError(e, "The guardrails of the experiment {Experiment} could not be looked at.", experiment.Name);
        }
        finally
        {
            _looking.TryRemove((tenant.Name, experiment.Name), out _);
        }
    }

    private static Experiment? Changed(Experiment? current, Func<Experiment, Experiment> change) =>
        current is null || current.Status == ExperimentStatus.Stopped || change(current) is var next && ReferenceEquals(next, current) ? null : next;
}
