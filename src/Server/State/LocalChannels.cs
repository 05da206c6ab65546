using System.Collections.Immutable;

namespace InferenceServer.Server.State;

/// <summary>Publish and subscribe within one process.</summary>
internal sealed class LocalChannels
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<string, ImmutableList<Action<string>>> _listeners = ImmutableDictionary<string, ImmutableList<Action<string>>>.Empty;

    public void Publish(string channel, string message)
    {
        // The lock keeps messages in order, one at a time.
        lock (_lock)
            if (_listeners.TryGetValue(channel, out ImmutableList<Action<string>>? listeners))
                foreach (Action<string> listener in listeners)
                    listener(message);
    }

    public IAsyncDisposable Subscribe(string channel, Action<string> onMessage)
    {
        // A delegate of its own, so that the same method can listen twice.
        var listener = new Action<string>(message => onMessage(message));
        lock (_lock)
            _listeners = _listeners.SetItem(channel, _listeners.GetValueOrDefault(channel, []).Add(listener));
        return new Subscription(this, channel, listener);
    }

    private sealed class Subscription(LocalChannels channels, string channel, Action<string> listener) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            lock (channels._lock)
                channels._listeners = channels._listeners.SetItem(channel, channels._listeners.GetValueOrDefault(channel, []).Remove(listener));
            return ValueTask.CompletedTask;
        }
    }
}
