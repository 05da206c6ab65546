using InferenceServer.Server.Responses;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Api;

/// <summary>Which strategies a plan may name, and which verifiers a request.</summary>
public static class StrategiesApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/strategies", (StrategyCatalog catalog) => Results.Json(
            new StrategyList([.. catalog.Strategies.Select(plugin => new StrategyBody(plugin.Name, plugin.Summary, plugin.Paper, catalog.Schema(plugin.Name)))]),
            ApiJson.Instance.StrategyList))
        .Produces<StrategyList>()
        .WithTags("Native")
        .WithName("listStrategies")
        .WithSummary("List the strategies")
        .WithDescription("Name, summary, paper and the JSON Schema of the options of every strategy.");
        routes.MapGet("/api/verifiers", (StrategyCatalog catalog) => Results.Json(
            new VerifierList([.. catalog.Verifiers.Verifiers.Select(plugin => new StrategyBody(plugin.Name, plugin.Summary, plugin.Paper, catalog.Verifiers.Schema(plugin.Name)))]),
            ApiJson.Instance.VerifierList))
        .Produces<VerifierList>()
        .WithTags("Native")
        .WithName("listVerifiers")
        .WithSummary("List the verifiers")
        .WithDescription("Name, summary and the JSON Schema of the options of every verifier that a request may name in \"verifiers\".");
    }
}
