using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Api;

/// <summary>What the engine is doing now.</summary>
public static class EngineApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/engine", (ServedModel model, TimeProvider time) =>
            Results.Json(BodyOf(model, time), ApiJson.Instance.EngineBody))
        .Produces<EngineBody>()
        .WithTags("Operations")
        .WithName("getEngine")
        .WithSummary("What is the engine doing?")
        .WithDescription("Rows in use, sequences that wait, and counters since the start. Tokens a second are the difference of two answers' counters over that of their clock_seconds.");

    private static EngineBody BodyOf(ServedModel model, TimeProvider time)
    {
        EngineStatistics statistics = model.Engine.Statistics;
        return new(
            model.Name, model.Device, model.Weights, model.Engine.IsHealthy, time.GetElapsedTime(0).TotalSeconds,
            statistics.Slots, statistics.UsedSlots, statistics.Running, statistics.Waiting, statistics.Live,
            statistics.Steps, statistics.SampledTokens, statistics.PrefilledTokens, statistics.PrefixQueriedTokens, statistics.PrefixHitTokens,
            statistics.Preemptions, statistics.KvCopies, statistics.FailedSteps);
    }
}
