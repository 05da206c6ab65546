using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>A second plan for a request, whose outcome nobody waits for.</summary>
public sealed record ShadowFields
{
    [Description("The plan to run beside the request's own, with the same prompt and seed: an ordered array of strategies, the first is outermost.")]
    public required JsonElement? Strategies { get; init; }

    [Description("The share of such requests that are shadowed; the seed decides."), Range(0.0, 1.0)]
    public double Share { get; init; } = 1;
}
