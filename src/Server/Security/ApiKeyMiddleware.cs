using InferenceServer.Server.Errors;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Security;

/// <summary>
/// Asks for a key, when there are any, and says whose request it is. What shows nothing of anybody is open: the pages of the dashboard and of the API description, health for whoever
/// balances load, and metrics, which are sums over all tenants.
/// </summary>
public sealed class ApiKeyMiddleware(RequestDelegate next, ApiKeys keys)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext http)
    {
        if (!keys.AreRequired || IsOpen(http.Request))
            return next(http);
        string header = http.Request.Headers.Authorization.ToString();
        Tenant? tenant = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? keys.Find(header[Scheme.Length..].Trim()) : null;
        if (tenant is not { } caller)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            throw ApiException.Unauthorized(header.Length == 0);
        }
        Tenant.Set(http, caller);
        return next(http);
    }

    /// <summary>Only reading, and nothing below the two roots of the API.</summary>
    private static bool IsOpen(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/v1");
}
