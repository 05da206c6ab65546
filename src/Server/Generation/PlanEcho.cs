using System.Text.Json;

namespace InferenceServer.Server.Generation;

/// <summary>The resolved plan, and the experiment's arm, in the response's headers, for proxies and for clients that do not see the body's extra members.</summary>
internal static class PlanEcho
{
    public const string Header = "x-strategies", SourceHeader = "x-strategies-source", ExperimentHeader = "x-experiment", ArmHeader = "x-arm";

    /// <summary>Proxies refuse long headers. A longer plan is there by its names alone, and whole in the body.</summary>
    private const int MaxLength = 4096;

    public static void Set(HttpResponse response, GenerationJob job)
    {
        // The default encoder writes ASCII only, which a header must be.
        string plan = JsonSerializer.Serialize(job.Plan);
        response.Headers[Header] = plan.Length <= MaxLength
            ? plan
            : JsonSerializer.Serialize(job.Plan.EnumerateArray().Select(strategy => new Dictionary<string, string?> { ["name"] = strategy.GetProperty("name").GetString() }));
        response.Headers[SourceHeader] = job.PlanOrigin.Source;
        if (job.Experiment is not { } part)
            return;
        response.Headers[ExperimentHeader] = part.Experiment.Name;
        response.Headers[ArmHeader] = part.Arm.Name;
    }
}
