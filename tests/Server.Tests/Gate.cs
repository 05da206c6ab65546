namespace InferenceServer.Server.Tests;

/// <summary>Holds the engine's thread at the door of a step until the test lets some pass. Disposing lets all pass.</summary>
public sealed class Gate : IDisposable
{
    private readonly object _lock = new();
    private int _passes;
    private bool _waiting;
    private bool _open;

    /// <summary>Whether the engine stands at the door.</summary>
    public bool Waiting
    {
        get
        {
            lock (_lock)
                return _waiting && _passes == 0;
        }
    }

    public void Pass()
    {
        lock (_lock)
        {
            _waiting = true;
            while (_passes == 0 && !_open)
                Monitor.Wait(_lock);
            _waiting = false;
            if (!_open)
                _passes--;
        }
    }

    public void Open(int passes)
    {
        lock (_lock)
        {
            _passes += passes;
            Monitor.PulseAll(_lock);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _open = true;
            Monitor.PulseAll(_lock);
        }
    }
}
