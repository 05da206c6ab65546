using OpenTelemetry.Metrics;

namespace InferenceServer.Server.Telemetry;

/// <summary>Collects <see cref="ServerMetrics"/> for Prometheus.</summary>
internal static class MetricsSetup
{
    public static void AddServerMetrics(this IServiceCollection services)
    {
        // A meter of its own for each server, so that two in one process do not count together.
        string meter = $"{ServerMetrics.MeterName}.{Guid.NewGuid():N}";
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ServerMetrics>(provider, meter));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StateMetrics>(provider, meter));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<TraceMetrics>(provider, meter));
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(meter, "System.Runtime").AddPrometheusExporter(exporter =>
        {
            exporter.ScopeInfoEnabled = false;
            exporter.TargetInfoEnabled = false;
            exporter.ScrapeResponseCacheDurationMilliseconds = 0;
        }));
    }
}
