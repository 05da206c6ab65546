using InferenceServer.Server.State;

namespace InferenceServer.Server.Generation;

/// <summary>Whose request it is, where it came in, and what its response is called.</summary>
/// <param name="Endpoint">The path without the parts that vary.</param>
/// <param name="ResponseId">Names the response, its trace and the feedback on it.</param>
public sealed record RequestIdentity(Tenant Tenant, string Endpoint, string ResponseId, DateTimeOffset Created)
{
    /// <param name="prefix">Of the response's name, as OpenAI forms it.</param>
    public static RequestIdentity Of(HttpContext http, string prefix, TimeProvider time) =>
        new(Tenant.Of(http), http.Request.Path.Value ?? "", $"{prefix}-{Guid.CreateVersion7():N}", time.GetUtcNow());
}
