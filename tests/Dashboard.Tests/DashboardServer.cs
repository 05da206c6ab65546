using InferenceServer.Server.Tests;

namespace InferenceServer.Dashboard.Tests;

/// <summary>One server with the tiny model for all tests of a class.</summary>
public sealed class DashboardServer : IAsyncLifetime
{
    internal TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
