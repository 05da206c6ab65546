namespace InferenceServer.Strategies.State;

/// <summary>
/// What outlives a request: handbooks, calibration, stored responses, counters, events. Values are text, usually JSON. Who implements it decides whether one
/// server remembers or several share; nobody who uses it can tell.
/// Every call that returns has happened: a write that was acknowledged survives the death of the process.
/// </summary>
/// <remarks>Keys are made with <see cref="StateKey"/>. A call fails with <see cref="StateUnavailableException"/> when the store cannot be reached or written;
/// it then may or may not have happened.</remarks>
public interface ISharedState : IAsyncDisposable
{
    /// <summary>The value, or null when there is none or it has expired. A counter reads as its decimal digits.</summary>
    ValueTask<string?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>The values of several keys, in their order, null where there is none. One round trip.</summary>
    ValueTask<IReadOnlyList<string?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default);

    /// <param name="expiry">How long it is kept; null for ever.</param>
    ValueTask SetAsync(string key, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default);

    /// <summary>Sets the value if it still is what the caller read; one of several who try at once succeeds.</summary>
    /// <param name="expected">Null: there must be none.</param>
    /// <returns>Whether it was set.</returns>
    ValueTask<bool> CompareAndSetAsync(string key, string? expected, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default);

    /// <returns>Whether there was one.</returns>
    ValueTask<bool> RemoveAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Keys of values that begin with <paramref name="prefix"/>, in ordinal order; lists are not among them. On Redis this walks every key: it is for
    /// administration, not for requests.</summary>
    ValueTask<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Adds to a counter, which starts at 0, at once for all who add.</summary>
    /// <param name="window">The counter lives this long from its first addition, then starts again; null for ever.</param>
    ValueTask<StateCounter> AddAsync(string key, long amount, TimeSpan? window = null, CancellationToken cancellationToken = default);

    /// <summary>Puts a value at the head of a list that keeps the newest <paramref name="capacity"/>.</summary>
    ValueTask PushAsync(string list, string value, int capacity, CancellationToken cancellationToken = default);

    /// <summary>The newest values of a list, newest first.</summary>
    ValueTask<IReadOnlyList<string>> RecentAsync(string list, int count, CancellationToken cancellationToken = default);

    /// <summary>Tells all who listen now; nobody is told later.</summary>
    ValueTask PublishAsync(string channel, string message, CancellationToken cancellationToken = default);

    /// <summary>Listens from when the call returns until the result is disposed.</summary>
    /// <param name="onMessage">Called for one message at a time, in their order; it must be quick and must not throw.</param>
    ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<string> onMessage, CancellationToken cancellationToken = default);

    /// <summary>Why the store cannot be used at the moment; null when it can.</summary>
    string? Trouble { get; }

    /// <summary>Asks the store whether it is there. <see cref="Trouble"/> is true afterwards.</summary>
    ValueTask ProbeAsync(CancellationToken cancellationToken = default);
}

/// <summary>A counter after an addition.</summary>
/// <param name="Value">The sum.</param>
/// <param name="Remaining">How long its window still lasts; null without one.</param>
public readonly record struct StateCounter(long Value, TimeSpan? Remaining);
