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
    public const string PlanField = "strategies", SingleField = "strategy";

    /// <exception cref="ApiException">Both fields, or a plan that cannot run.</exception>
    public ResolvedPlan Read(SamplingFields fields)
    {
        if (fields.Strategies is not null && fields.Strategy is not null)
            throw ApiException.InvalidValue("strategy", "and 'strategies' are both given; one plan goes into one of them.");
        IReadOnlyList<StrategyOptions> plan = fields switch
        {
            { Strategies: { } array } => Bind(array, PlanField),
            { Strategy: { } single } => Bind(JsonSerializer.SerializeToElement(new[] { single }), SingleField),
            _ => [],
        };
        return new(plan, JsonSerializer.SerializeToElement(catalog.ToJson(plan)), plan.All(options => options is PlainOptions));
    }

    /// <summary>What the client is told about a plan that cannot run, in the words of its request.</summary>
    /// <param name="field">The field that the plan came from.</param>
    public static ApiException Refusal(StrategyPlanException problem, string field)
    {
        string path = field == SingleField ? problem.Path.Replace($"{PlanField}[0]", SingleField, StringComparison.Ordinal) : problem.Path;
        return ApiException.Invalid("invalid_strategy", path, $"'{path}': {problem.Reason}");
    }

    private IReadOnlyList<StrategyOptions> Bind(JsonElement plan, string field)
    {
        try
        {
            return catalog.Bind(plan, PlanField);
        }
        catch (StrategyPlanException e)
        {
            throw Refusal(e, field);
        }
    }
}
