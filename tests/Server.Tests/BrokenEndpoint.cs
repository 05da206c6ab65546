using Microsoft.AspNetCore.Builder;

namespace InferenceServer.Server.Tests;

internal static class BrokenEndpoint
{
    /// <summary>An endpoint with a bug.</summary>
    public static void MapFailure(this WebApplication app, string path, string message) =>
        app.MapGet(path, string () => throw new InvalidOperationException(message));
}
