using InferenceServer.Server.Hosting;
using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>Opens shared state as the settings say, and registers what lives on it.</summary>
internal static class StateSetup
{
    /// <exception cref="StartupException">The file or the Redis configuration cannot be used.</exception>
    public static ISharedState Open(ServerOptions options, TimeProvider time)
    {
        if (options.State is not null && options.Redis is not null)
            throw new StartupException("--state and --redis are both given; state is kept in one of them.");
        try
        {
            return options.Redis is { } redis ? RedisState.ConnectAsync(redis, time).GetAwaiter().GetResult() : new SqliteState(options.State ?? StatePath.Default, time);
        }
        catch (StateUnavailableException e)
        {
            throw new StartupException(e.Message, e);
        }
        catch (Exception e) when (options.Redis is not null && e is ArgumentException or FormatException)
        {
            throw new StartupException($"--redis is not host:port or a StackExchange.Redis configuration: {e.Message}", e);
        }
    }

    public static void AddSharedState(this IServiceCollection services, ISharedState state)
    {
        // Made by a factory, so that the container closes it.
        services.AddSingleton<ISharedState>(provider => new MeasuredState(state, provider.GetRequiredService<StateMetrics>()));
        services.AddSingleton<StateEvents>();
        services.AddHostedService(provider => provider.GetRequiredService<StateEvents>());
        services.AddHostedService<StateWatch>();
    }
}
