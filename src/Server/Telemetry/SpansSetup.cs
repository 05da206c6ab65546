using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace InferenceServer.Server.Telemetry;

/// <summary>Makes spans, and sends them where the settings say.</summary>
internal static class SpansSetup
{
    /// <exception cref="StartupException">The endpoint is no address.</exception>
    public static void AddServerSpans(this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<IOutcomeListener, SpanListener>();
        if (options.OtlpEndpoint is not { } endpoint)
            return;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw new StartupException($"--otlp-endpoint {endpoint} is no address such as http://localhost:4317.");
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .ConfigureResource(resource => resource.AddService("inference-server"))
            .AddSource(SpanListener.Source.Name)
            .AddOtlpExporter(exporter => exporter.Endpoint = address));
    }
}
