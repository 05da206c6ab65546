using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>
/// Writes that nobody waits for: counters of what was shown, traces, notices. They are kept in memory and written in the background, in their order; while
/// state is away the newest <see cref="Capacity"/> wait, older ones are dropped and counted. What is acknowledged to a client never goes this way.
/// </summary>
public sealed class StateEvents : BackgroundService
{
    /// <summary>Events that wait at most.</summary>
    public const int Capacity = 10_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly ISharedState _state;
    private readonly TimeProvider _time;
    private readonly Queue<Func<ISharedState, CancellationToken, ValueTask>> _waiting = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private long _dropped;
    private bool _writing;

    public StateEvents(ISharedState state, TimeProvider time, StateMetrics metrics)
    {
        (_state, _time) = (state, time);
        metrics.EventsWaiting = () => Waiting;
        metrics.EventsDropped = () => Dropped;
    }

    /// <summary>Events not written yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_waiting)
                return _waiting.Count + (_writing ? 1 : 0);
        }
    }

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(string key, long amount, TimeSpan? window = null) =>
        Enqueue(async (state, cancellationToken) => await state.AddAsync(key, amount, window, cancellationToken));

    public void Push(string list, string value, int capacity) => Enqueue((state, cancellationToken) => state.PushAsync(list, value, capacity, cancellationToken));

    public void Publish(string channel, string message) => Enqueue((state, cancellationToken) => state.PublishAsync(channel, message, cancellationToken));

    private void Enqueue(Func<ISharedState, CancellationToken, ValueTask> write)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(write);
            if (_waiting.Count > Capacity)
            {
                _waiting.Dequeue();
                Interlocked.Increment(ref _dropped);
                return;
            }
        }
        _arrived.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _arrived.WaitAsync(stoppingToken);
            Func<ISharedState, CancellationToken, ValueTask> write;
            lock (_waiting)
            {
                write = _waiting.Dequeue();
                _writing = true;
            }
            await WriteAsync(write, stoppingToken);
            lock (_waiting)
                _writing = false;
        }
    }

    /// <summary>What still waits is written before the server ends, unless state is away.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            while (_state.Trouble is null && _waiting.TryDequeue(out var write))
                await write(_state, cancellationToken);
        }
        catch (Exception e) when (e is StateUnavailableException or OperationCanceledException or InvalidOperationException)
        {
            // They are lost; the process ends.
        }
    }

    public override void Dispose()
    {
        _arrived.Dispose();
        base.Dispose();
    }

    private async Task WriteAsync(Func<ISharedState, CancellationToken, ValueTask> write, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await write(_state, stoppingToken);
                return;
            }
            catch (StateUnavailableException)
            {
                await Task.Delay(Retry, _time, stoppingToken);
            }
            catch (InvalidOperationException)
            {
                // It can never be written: its counter holds a text.
                Interlocked.Increment(ref _dropped);
                return;
            }
        }
    }
}
