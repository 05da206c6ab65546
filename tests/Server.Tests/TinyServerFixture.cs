namespace InferenceServer.Server.Tests;

/// <summary>One server with the tiny model for all tests of a class.</summary>
public sealed class TinyServerFixture : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
