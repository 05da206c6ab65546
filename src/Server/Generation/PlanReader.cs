using System.Text.Json;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>The plan as bound, and as it is echoed in the response with its defaults filled in.</summary>
/// <param name="IsPlain">Whether every choice is one sampled sequence.</param>
public sealed record ResolvedPlan(IReadOnlyList<StrategyOptions> Strategies, JsonElement Echo, bool IsPlain);

/// <summary>Reads the plan of a request from its <c>strategies</c> or its <c>strategy</c>.</summary>
public sealed class PlanReader(StrategyCatalog catalog)
{
    /// <exception cref="ApiException">Both fields, or a plan that cannot run.</exception>
    public ResolvedPlan Read(SamplingFields fields)
    {
        if (fields.Strategies is not null && fields.Strategy is not null)
            throw ApiException.InvalidValue("strategy", "and 'strategies' are both given; one plan goes into one of them.");
        IReadOnlyList<StrategyOptions> plan = fields switch
        {
            { Strategies: { } array } => Bind(array, "strategies", path => path),
            { Strategy: { } single } => Bind(JsonSerializer.SerializeToElement(new[] { single }), "strategy", path => path.Replace("strategy[0]", "strategy", StringComparison.Ordinal)),
            _ => [],
        };
        return new(plan, JsonSerializer.SerializeToElement(catalog.ToJson(plan)), plan.All(options => options is PlainOptions));
    }

    private IReadOnlyList<StrategyOptions> Bind(JsonElement plan, string path, Func<string, string> pathInRequest)
    {
        try
        {
            return catalog.Bind(plan, path);
        }
        catch (StrategyPlanException e)
        {
            throw ApiException.Invalid("invalid_strategy", pathInRequest(e.Path), $"'{pathInRequest(e.Path)}': {e.Reason}");
        }
    }
}
