using System.Diagnostics.Metrics;

namespace InferenceServer.Server.Telemetry;

/// <summary>Numbers about traces on /metrics.</summary>
public sealed class TraceMetrics
{
    private readonly Counter<long> _written;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _shadows;

    public TraceMetrics(IMeterFactory meters, string meterName)
    {
        Meter meter = meters.Create(meterName);
        _written = meter.CreateCounter<long>("itc_traces_written", description: "Traces written.");
        _dropped = meter.CreateCounter<long>("itc_traces_dropped", description: "Traces lost, by reason: full (too many waited), state (shared state was away when the server ended), failed.");
        _shadows = meter.CreateCounter<long>("itc_shadow_runs", description: "Runs of shadow plans, by outcome: done, failed, dropped (too many waited, or the server ended).");
        // Counters that have counted nothing are not shown, and a graph wants to begin at 0.
        Written(0);
        foreach (string reason in (string[])["full", "state", "failed"])
            Dropped(reason, 0);
        foreach (string outcome in (string[])["done", "failed", "dropped"])
            Shadow(outcome, 0);
        meter.CreateObservableGauge("itc_traces_waiting", () => Waiting(), description: "Traces that wait to be written.");
        meter.CreateObservableGauge("itc_shadows_waiting", () => ShadowsWaiting(), description: "Requests that wait for their shadow run.");
    }

    public Func<int> Waiting { get; set; } = () => 0;
    public Func<int> ShadowsWaiting { get; set; } = () => 0;

    public void Written(int traces) => _written.Add(traces);
    public void Dropped(string reason, int traces = 1) => _dropped.Add(traces, new KeyValuePair<string, object?>("reason", reason));
    public void Shadow(string outcome, int runs = 1) => _shadows.Add(runs, new KeyValuePair<string, object?>("outcome", outcome));
}
