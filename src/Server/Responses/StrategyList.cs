using System.ComponentModel;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /api/strategies.</summary>
public sealed record StrategyList(IReadOnlyList<StrategyBody> Strategies);

/// <summary>One strategy.</summary>
public sealed record StrategyBody(
    [property: Description("The \"name\" in a request's plan.")] string Name,
    string Summary,
    [property: Description("Where the method comes from.")] string? Paper,
    [property: Description("JSON Schema of its object in a plan, with defaults.")] JsonNode Schema);
