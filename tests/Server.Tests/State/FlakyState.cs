using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Tests.State;

/// <summary>A state that a test takes away and gives back.</summary>
internal sealed class FlakyState(ISharedState state) : ISharedState
{
    public const string Reason = "The state was taken away by a test.";

    public volatile bool IsAway;

    public string? Trouble => IsAway ? Reason : state.Trouble;

    public ValueTask ProbeAsync(CancellationToken cancellationToken = default) => There().ProbeAsync(cancellationToken);
    public ValueTask<string?> GetAsync(string key, CancellationToken cancellationToken = default) => There().GetAsync(key, cancellationToken);
    public ValueTask<IReadOnlyList<string?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) => There().GetManyAsync(keys, cancellationToken);
    public ValueTask SetAsync(string key, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) => There().SetAsync(key, value, expiry, cancellationToken);
    public ValueTask<bool> CompareAndSetAsync(string key, string? expected, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) => There().CompareAndSetAsync(key, expected, value, expiry, cancellationToken);
    public ValueTask<bool> RemoveAsync(string key, CancellationToken cancellationToken = default) => There().RemoveAsync(key, cancellationToken);
    public ValueTask<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellationToken = default) => There().KeysAsync(prefix, cancellationToken);
    public ValueTask<StateCounter> AddAsync(string key, long amount, TimeSpan? window = null, CancellationToken cancellationToken = default) => There().AddAsync(key, amount, window, cancellationToken);
    public ValueTask PushAsync(string list, string value, int capacity, CancellationToken cancellationToken = default) => There().PushAsync(list, value, capacity, cancellationToken);
    public ValueTask<IReadOnlyList<string>> RecentAsync(string list, int count, CancellationToken cancellationToken = default) => There().RecentAsync(list, count, cancellationToken);
    public ValueTask PublishAsync(string channel, string message, CancellationToken cancellationToken = default) => There().PublishAsync(channel, message, cancellationToken);
    public ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<string> onMessage, CancellationToken cancellationToken = default) => There().SubscribeAsync(channel, onMessage, cancellationToken);
    public ValueTask DisposeAsync() => state.DisposeAsync();

    private ISharedState There() => IsAway ? throw new StateUnavailableException(Reason) : state;
}
