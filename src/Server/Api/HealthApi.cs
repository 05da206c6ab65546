using InferenceServer.Server.Hosting;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Api;

/// <summary>Whether the process lives, and whether it should get requests.</summary>
public static class HealthApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new HealthBody("live", []), ApiJson.Instance.HealthBody))
            .Produces<HealthBody>().WithTags("Operations").WithName("live").WithSummary("Is the process alive?").WithDescription("200 while the process answers.");
        routes.MapGet("/health/ready", (Readiness readiness) =>
            {
                IReadOnlyList<string> reasons = readiness.Reasons;
                HealthBody body = (reasons.Count, readiness.Degraded) switch
                {
                    ( > 0, _) => new("not_ready", reasons),
                    (_, { } missing) => new("degraded", [missing]),
                    _ => new("ready", []),
                };
                return Results.Json(body, ApiJson.Instance.HealthBody,
                    statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
            })
            .Produces<HealthBody>().Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable)
            .WithTags("Operations").WithName("ready").WithSummary("Can it serve?")
            .WithDescription("200 when the self-test at start passed, the engine is healthy and the server is not stopping; otherwise 503 with the reasons. While shared state is away it is 200 with the status degraded: generation goes on.");
    }
}
