using System.Text.Json;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Requests;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Shadows;

/// <summary>What runs in a request's shadow.</summary>
/// <param name="Echo">The plan, defaults filled in.</param>
/// <param name="Run">The request under it, in the background.</param>
public sealed record ShadowPlan(JsonElement Echo, GenerationRequest Run);

/// <summary>Resolves a request's shadow, and refuses what could not run before a token is spent.</summary>
public sealed class ShadowEntrance(ServedModel model, PlanReader plans, StrategyPipeline pipeline, ServerOptions options)
{
    private const string Field = "shadow";
    private static readonly PlanOrigin Origin = new("shadow", $"{Field}.strategies[0]", $"{Field}.strategies");

    /// <param name="fields">The request's; null for none.</param>
    /// <param name="job">The request itself.</param>
    /// <returns>Null when there is none, or when this request is not of the share.</returns>
    /// <exception cref="ApiException">The plan cannot run, or the request leaves nothing to pair its outcome with.</exception>
    public ShadowPlan? Enter(ShadowFields? fields, GenerationJob job)
    {
        if (fields is null)
            return null;
        if (job.TotalChoices > 1)
            throw ApiException.InvalidValue(Field, $"needs a request for one choice; this one asks for {job.TotalChoices}.");
        if (!job.IsTraced || options.TracesMax == 0)
            throw ApiException.InvalidValue(Field, job.IsTraced ? "is kept in the request's trace, but this server keeps none (--traces-max 0)." : "is kept in the request's trace, which 'trace': false says not to leave.");
        ResolvedPlan plan = plans.Bind(fields.Strategies!.Value, Origin);
        GenerationRequest served = job.Runs[0];
        var run = served with
        {
            Strategies = plan.Strategies,
            Priority = -1,
            Sampling = served.Sampling with { TopLogProbs = 0 },
            // It waits for idle capacity, so time is no limit.
            Budget = served.Budget with { Deadline = null },
        };
        try
        {
            if (run.MaxTokens > 0)
                pipeline.Start(model.Language, run);
        }
        catch (StrategyPlanException e)
        {
            throw PlanReader.Refusal(e, Origin);
        }
        return run.MaxTokens > 0 && IsOfShare(job.Seed, fields.Share) ? new(plan.Echo, run) : null;
    }

    /// <summary>The same seed is always in or always out; among seeds the share is as asked (a multiplicative hash, Knuth 6.4).</summary>
    private static bool IsOfShare(long seed, double share) => (unchecked((ulong)seed * 0x9E3779B97F4A7C15) >> 11) * (1.0 / (1L << 53)) < share;
}
