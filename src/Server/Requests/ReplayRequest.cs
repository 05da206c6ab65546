using System.ComponentModel;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/traces/{id}/replay.</summary>
public sealed record ReplayRequest
{
    [Description("The plan to run instead: an ordered array of strategies, the first is outermost. Empty is plain sampling.")]
    public required JsonElement? Strategies { get; init; }

    [Description("What judges whether an answer is right; absent means the request's own verifiers.")]
    public JsonElement? Verifiers { get; init; }

    [Description("Extra top-level members of the response: \"trace\".")]
    public IncludeValue? Include { get; init; }
}
