using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Experiments;

/// <summary>Registers what experiments need.</summary>
internal static class ExperimentSetup
{
    public static void AddExperiments(this IServiceCollection services)
    {
        services.AddSingleton<ExperimentStore>();
        services.AddSingleton<LabelStore>();
        services.AddSingleton<ExposureStore>();
        services.AddSingleton<ExperimentReports>();
        services.AddSingleton<ExperimentKeeper>();
        services.AddSingleton<RouterStore>();
        services.AddSingleton<ExperimentRouting>();
        services.AddSingleton<ExperimentEntrance>();
        services.AddSingleton<IOutcomeListener, ExposureListener>();
    }
}
