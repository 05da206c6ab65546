using System.ComponentModel;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /api/strategies.</summary>
public sealed record StrategyList(IReadOnlyList<StrategyBody> Strategies);

/// <summary>Answer of GET /api/verifiers.</summary>
public sealed record VerifierList(IReadOnlyList<StrategyBody> Verifiers);

/// <summary>One strategy or verifier.</summary>
public sealed record StrategyBody(
    [property: Description("The \"name\" in a request.")] string Name,
    string Summary,
    [property: Description("Where the method comes from.")] string? Paper,
    [property: Description("JSON Schema of its object in a plan, with defaults.")] JsonNode Schema);
