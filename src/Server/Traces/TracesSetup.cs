using InferenceServer.Server.Generation;
using InferenceServer.Server.Shadows;

namespace InferenceServer.Server.Traces;

/// <summary>Registers what traces are made of.</summary>
internal static class TracesSetup
{
    public static void AddTraces(this IServiceCollection services)
    {
        services.AddSingleton<TraceStore>();
        services.AddSingleton<TraceBuilder>();
        services.AddSingleton<TraceView>();
        services.AddSingleton<TraceReplay>();
        services.AddSingleton<TraceWriter>();
        services.AddSingleton<IOutcomeListener>(provider => provider.GetRequiredService<TraceWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<TraceWriter>());
        services.AddSingleton<ShadowEntrance>();
        services.AddSingleton<ShadowRunner>();
        services.AddSingleton<IOutcomeListener>(provider => provider.GetRequiredService<ShadowRunner>());
        services.AddHostedService(provider => provider.GetRequiredService<ShadowRunner>());
    }
}
