using System.Threading.Tasks.Sources;

namespace InferenceServer.Engine;

/// <summary>
/// Tokens on their way from the engine's thread to the one reader of a decoding. The engine never waits for the reader. Neither side allocates once the queue
/// has grown: waiting is a reusable value-task source, and the engine only notes that a reader must be woken; <see cref="Delivery"/> wakes it.
/// </summary>
internal sealed class TokenStream : IValueTaskSource<bool>
{
    private readonly Queue<SampledToken> _tokens = new(16);
    private ManualResetValueTaskSourceCore<bool> _wait;
    private bool _waiting;
    private bool _ended;
    private Exception? _error;

    public FinishReason? FinishReason { get; private set; }

    /// <summary>Adds a token. True when a reader waits and must be woken.</summary>
    public bool Push(in SampledToken token)
    {
        lock (_tokens)
        {
            _tokens.Enqueue(token);
            return TakeWaiting();
        }
    }

    /// <summary>Nothing follows. True when a reader waits and must be woken.</summary>
    public bool End(FinishReason? reason, Exception? error = null)
    {
        lock (_tokens)
        {
            if (_ended)
                return false;
            (_ended, FinishReason, _error) = (true, reason, error);
            return TakeWaiting();
        }
    }

    public bool TryRead(out SampledToken token)
    {
        lock (_tokens)
            return _tokens.TryDequeue(out token);
    }

    /// <summary>True when a token can be read, false at the end; throws what ended it.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_tokens)
        {
            if (_tokens.Count > 0)
                return new(true);
            if (_ended)
                return _error is null ? new(false) : ValueTask.FromException<bool>(_error);
            _wait.Reset();
            _waiting = true;
            return new(this, _wait.Version);
        }
    }

    /// <summary>Wakes the reader that <see cref="Push"/> or <see cref="End"/> reported; its continuation runs here.</summary>
    public void Wake()
    {
        bool any;
        Exception? error;
        lock (_tokens)
            (any, error) = (_tokens.Count > 0, _error);
        if (any || error is null)
            _wait.SetResult(any);
        else
            _wait.SetException(error);
    }

    private bool TakeWaiting()
    {
        bool waiting = _waiting;
        _waiting = false;
        return waiting;
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
