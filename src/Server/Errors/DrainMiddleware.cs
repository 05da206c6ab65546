namespace InferenceServer.Server.Errors;

/// <summary>While the server stops, requests in flight go on and new work is refused. GET requests (health, metrics) are still answered.</summary>
public sealed class DrainMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    public Task InvokeAsync(HttpContext http) => lifetime.ApplicationStopping.IsCancellationRequested && HttpMethods.IsPost(http.Request.Method)
        ? throw ApiException.Stopping()
        : next(http);
}
