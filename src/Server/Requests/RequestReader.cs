using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>Reads a request's body into its record.</summary>
public sealed class RequestReader(RequestBinder binder)
{
    /// <exception cref="Errors.ApiException">The body, or a field of it, is not what the endpoint takes.</exception>
    public async Task<T> ReadAsync<T>(HttpContext http) where T : class
    {
        JsonDocument document = await JsonBody.ReadAsync(http.Request, http.RequestAborted);
        // The record's raw JSON (a plan) points into the document.
        http.Response.RegisterForDispose(document);
        return binder.Bind<T>(document.RootElement);
    }
}
