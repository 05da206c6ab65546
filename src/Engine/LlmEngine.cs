using System.Runtime.InteropServices;
using InferenceServer.Engine.Decoding;

namespace InferenceServer.Engine;

/// <summary>
/// Batches sequences over a decoder, one step at a time: plan, forward, sample, commit. One thread owns all mutable state; everyone else holds a
/// <see cref="SequenceHandle"/> and sends messages. <c>docs/engine.md</c> tells the life of one step.
/// </summary>
public sealed class LlmEngine : IAsyncDisposable
{
    private readonly LlmEngineOptions _options;
    private readonly EngineCore _core;
    private readonly bool _keepsStatistics;
    private readonly Thread _thread;

    private readonly object _inbox = new();
    private List<Command> _commands = [];
    private List<Command> _taken = [];
    private bool _stopping;
    private bool _disposed;

    private Delivery _delivery = new();
    private readonly List<Delivery> _deliveries = [];

    private long _lastId;
    private int _liveCount, _foregroundCount;
    private volatile string? _unhealthyReason;
    private readonly Lock _statisticsLock = new();
    private EngineStatistics _statistics;

    /// <param name="decoder">Owned by the engine from here on.</param>
    /// <param name="options">How rows are shared.</param>
    public LlmEngine(IDecoder decoder, LlmEngineOptions? options = null)
    {
        _options = options ?? new();
        Limits = decoder.Limits;
        _keepsStatistics = decoder.ValueHead is not null;
        _core = new EngineCore(decoder, _options, stream => _delivery.Add(stream), Ended, () => Volatile.Read(ref _foregroundCount) > 0);
        _statistics = _core.Statistics;
        _thread = new Thread(Run) { Name = "LlmEngine", IsBackground = true };
        _thread.Start();
    }

    public DecoderLimits Limits { get; }
    /// <summary>False after several failed forward passes in a row, true again after the next good one.</summary>
    public bool IsHealthy => _unhealthyReason is null;
    public string? UnhealthyReason => _unhealthyReason;

    /// <summary>The state after the last step.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            lock (_statisticsLock)
                return _statistics with { Live = Volatile.Read(ref _liveCount) };
        }
    }

    /// <summary>Starts a sequence. Nothing is computed until its owner asks for tokens or scores.</summary>
    /// <param name="prompt">At least one token, each inside the vocabulary.</param>
    /// <exception cref="PromptTooLongException">Prompt and one token of completion do not fit the capacity.</exception>
    /// <exception cref="EngineOverloadedException">Too many sequences live already.</exception>
    public SequenceHandle Start(ReadOnlySpan<int> prompt, SequenceOptions options)
    {
        if (prompt.IsEmpty)
            throw new ArgumentException("A prompt needs at least one token.", nameof(prompt));
        if (prompt.Length >= Limits.Capacity)
            throw new PromptTooLongException(prompt.Length, Limits.Capacity);
        CheckTokens(prompt);
        return Start(new TokenLog(prompt.ToArray(), _keepsStatistics), options, options.Stream ?? RandomStream.Root(options.Sampling.Seed));
    }

    internal SequenceHandle Start(TokenLog log, SequenceOptions options, ulong stream)
    {
        if (options.Priority >= 0 && Interlocked.Increment(ref _foregroundCount) > _options.MaxSequences)
        {
            Interlocked.Decrement(ref _foregroundCount);
            throw new EngineOverloadedException(_options.MaxSequences);
        }
        Interlocked.Increment(ref _liveCount);
        var sequence = new Sequence(new SequenceId(Interlocked.Increment(ref _lastId)), log, options, stream);
        return new EngineSequenceHandle(this, sequence, options);
    }

    /// <summary>Whether the value head takes what the model thought of each token.</summary>
    internal bool KeepsStatistics => _keepsStatistics;

    private void Ended(Sequence sequence)
    {
        Interlocked.Decrement(ref _liveCount);
        if (sequence.Priority >= 0)
            Interlocked.Decrement(ref _foregroundCount);
    }

    internal void CheckTokens(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
            if ((uint)token >= (uint)Limits.VocabSize)
                throw new UnknownTokenException(token, Limits.VocabSize);
    }

    internal void Post(in Command command)
    {
        lock (_inbox)
        {
            if (!_stopping)
            {
                _commands.Add(command);
                Monitor.Pulse(_inbox);
                return;
            }
        }
        command.Refuse(new EngineStoppedException());
    }

    private void Run()
    {
        Func<EngineException> ending = () => new EngineStoppedException();
        try
        {
            while (TakeCommands())
            {
                foreach (ref readonly var command in CollectionsMarshal.AsSpan(_taken))
                    _core.Apply(command);
                _taken.Clear();
                _core.Step();
                Publish(_core.UnhealthyReason);
                Deliver();
            }
        }
#pragma warning disable CA1031 // A fault in the bookkeeping itself: nobody may be left waiting, and readiness must say so.
        catch (Exception e)
#pragma warning restore CA1031
        {
            lock (_inbox)
                _stopping = true;
            ending = () => new DecoderFailedException(e.Message, e);
            Publish($"the engine's thread ended with: {e.Message}");
        }
        _core.EndAll(ending);
        Deliver();
    }

    /// <summary>Swaps the inbox for an empty one; sleeps while there is nothing to do. False when the engine stops.</summary>
    private bool TakeCommands()
    {
        lock (_inbox)
        {
            while (_commands.Count == 0 && !_core.HasWork && !_stopping)
                Monitor.Wait(_inbox);
            (_commands, _taken) = (_taken, _commands);
            return !_stopping || _taken.Count > 0;
        }
    }

    private void Deliver()
    {
        if (!_delivery.Any)
            return;
        _delivery.Send();
        _deliveries.Add(_delivery);
        for (int i = 0; i < _deliveries.Count; i++)
        {
            if (!_deliveries[i].IsFree)
                continue;
            _delivery = _deliveries[i];
            _deliveries.RemoveAt(i);
            return;
        }
        _delivery = new Delivery();
    }

    private void Publish(string? unhealthyReason)
    {
        _unhealthyReason = unhealthyReason;
        lock (_statisticsLock)
            _statistics = _core.Statistics;
    }

    /// <summary>Stops after the step in progress; sequences that still live get <see cref="EngineStoppedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_inbox)
        {
            if (_disposed)
                return;
            (_disposed, _stopping) = (true, true);
            Monitor.Pulse(_inbox);
        }
        await Task.Run(_thread.Join);
        _core.Dispose();
    }
}
