using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace InferenceServer.Server.Generation;

/// <summary>
/// Work that requests leave for a background loop, held in memory and bounded twice: by items, and by the tokens that they hold. Nobody waits for room: what does not fit is refused, the newest
/// first, and whoever offered it counts that. An item takes up room until it is released and not only until it is taken, so what the loop is busy with is bounded too, and what is left when it ends can
/// still be counted. Any thread may offer; one loop takes.
/// </summary>
/// <param name="maxItems">Items at most.</param>
/// <param name="maxTokens">An item is refused once those before it hold more tokens than this, so that a large one fits into an empty queue.</param>
/// <param name="tokensOf">Tokens that an item holds; the same each time.</param>
public sealed class BoundedQueue<T>(int maxItems, long maxTokens, Func<T, long> tokensOf)
{
    private readonly Channel<T> _channel = Channel.CreateUnbounded<T>(new() { SingleReader = true });
    private int _waiting;
    private long _tokens;

    /// <summary>Items that are not released.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <returns>Whether there was room.</returns>
    public bool TryAdd(T item)
    {
        long tokens = tokensOf(item);
        int waiting = Interlocked.Increment(ref _waiting);
        long before = Interlocked.Add(ref _tokens, tokens) - tokens;
        if (waiting <= maxItems && before <= maxTokens && _channel.Writer.TryWrite(item))
            return true;
        Release(tokens);
        return false;
    }

    /// <summary>Waits until there is something to take.</summary>
    /// <exception cref="OperationCanceledException">The loop is to end.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The oldest item, if there is one. It takes up its room until <see cref="Release(T)"/>.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item) => _channel.Reader.TryRead(out item);

    /// <summary>A taken item is done with, well or badly.</summary>
    public void Release(T item) => Release(tokensOf(item));

    private void Release(long tokens)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _tokens, -tokens);
    }
}
