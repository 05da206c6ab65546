using System.Diagnostics.Metrics;

namespace InferenceServer.Server.Telemetry;

/// <summary>Numbers about shared state on /metrics.</summary>
public sealed class StateMetrics
{
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    };

    private readonly Counter<long> _operations;
    private readonly Histogram<double> _seconds;

    public StateMetrics(IMeterFactory meters, string meterName)
    {
        Meter meter = meters.Create(meterName);
        _operations = meter.CreateCounter<long>("itc_state_operations", description: "Operations on shared state, by operation and outcome: ok, error or cancelled.");
        _seconds = meter.CreateHistogram("itc_state_operation_seconds", "s", "Time of an operation on shared state.", advice: Buckets);
        meter.CreateObservableGauge("itc_state_up", () => Up() ? 1 : 0, description: "1 while shared state can be used.");
        meter.CreateObservableGauge("itc_state_events_waiting", () => EventsWaiting(), description: "Events that wait to be written.");
        meter.CreateObservableCounter("itc_state_events_dropped", () => EventsDropped(), description: "Events lost because too many waited.");
    }

    /// <summary>Whether state can be used.</summary>
    public Func<bool> Up { get; set; } = () => true;

    /// <summary>Events in the buffer.</summary>
    public Func<int> EventsWaiting { get; set; } = () => 0;

    /// <summary>Events dropped since the start.</summary>
    public Func<long> EventsDropped { get; set; } = () => 0;

    public void Operation(string operation, string outcome, double seconds)
    {
        _operations.Add(1, new("operation", operation), new("outcome", outcome));
        _seconds.Record(seconds, new KeyValuePair<string, object?>("operation", operation));
    }
}
