using System.Runtime.InteropServices;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine;

/// <summary>
/// Batches sequences over a decoder, one step at a time: plan, forward, sample, commit. One thread owns all mutable state; everyone else holds a
/// <see cref="SequenceHandle"/> and sends messages. <c>docs/engine.md</c> tells the life of one step.
/// </summary>
public sealed class LlmEngine : IAsyncDisposable
{
    private readonly IDecoder _decoder;
    private readonly DecoderLimits _limits;
    private readonly LlmEngineOptions _options;
    private readonly KvSlots _slots;
    private readonly Scheduler _scheduler;
    private readonly StepPlan _plan = new();
    private readonly LogitsBatch _logits;
    private readonly TokenSampler _sampler;
    private readonly HashSet<Sequence> _live = [];
    private readonly List<Sequence> _failing = [];
    private readonly Thread _thread;

    private readonly object _inbox = new();
    private List<Command> _commands = [];
    private List<Command> _taken = [];
    private bool _stopping;

    private Delivery _delivery = new();
    private readonly List<Delivery> _deliveries = [];

    private long _lastId;
    private int _liveCount;
    private int _failures;
    private volatile string? _unhealthyReason;

    private readonly Lock _statisticsLock = new();
    private EngineStatistics _statistics;
    private long _steps, _prefilled, _sampled, _copies, _failedSteps;

    /// <param name="decoder">Owned by the engine from here on.</param>
    public LlmEngine(IDecoder decoder, LlmEngineOptions? options = null)
    {
        _decoder = decoder;
        _limits = decoder.Limits;
        _options = options ?? new();
        _slots = new KvSlots(_limits.Slots, _limits.Capacity);
        _scheduler = new Scheduler(_limits, _options, _slots);
        _logits = new LogitsBatch(_limits.Slots + _limits.ChunkTokens, _limits.VocabSize);
        _sampler = new TokenSampler(_limits.VocabSize);
        _statistics = new EngineStatistics { Slots = _limits.Slots };
        _thread = new Thread(Run) { Name = "LlmEngine", IsBackground = true };
        _thread.Start();
    }

    public DecoderLimits Limits => _limits;

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
        if (prompt.Length >= _limits.Capacity)
            throw new PromptTooLongException(prompt.Length, _limits.Capacity);
        CheckTokens(prompt);
        return Start(prompt.ToArray(), prompt.Length, options, RandomStream.Root(options.Sampling.Seed));
    }

    internal SequenceHandle Start(int[] tokens, int length, SequenceOptions options, ulong stream)
    {
        if (Interlocked.Increment(ref _liveCount) > _options.MaxSequences)
        {
            Interlocked.Decrement(ref _liveCount);
            throw new EngineOverloadedException(_options.MaxSequences);
        }
        var sequence = new Sequence(new SequenceId(Interlocked.Increment(ref _lastId)), tokens, length, options, stream);
        return new EngineSequenceHandle(this, sequence, options);
    }

    internal void CheckTokens(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
            if ((uint)token >= (uint)_limits.VocabSize)
                throw new UnknownTokenException(token, _limits.VocabSize);
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
        Refuse(command, new EngineStoppedException());
    }

    private static void Refuse(in Command command, Exception error)
    {
        command.Score?.Fail(error);
        if (command.Output?.End(null, error) == true)
            command.Output.Wake();
    }

    private void Run()
    {
        while (TakeCommands())
        {
            foreach (ref readonly var command in CollectionsMarshal.AsSpan(_taken))
                Apply(command);
            _taken.Clear();
            Step();
            Deliver();
            PublishStatistics();
        }
        foreach (var sequence in _live.ToArray())
            End(sequence, new EngineStoppedException());
        Deliver();
    }

    /// <summary>Swaps the inbox for an empty one; sleeps while there is nothing to do. False when the engine stops.</summary>
    private bool TakeCommands()
    {
        lock (_inbox)
        {
            while (_commands.Count == 0 && _scheduler.Running.Count == 0 && _scheduler.Waiting.Count == 0 && !_stopping)
                Monitor.Wait(_inbox);
            (_commands, _taken) = (_taken, _commands);
            return !_stopping || _taken.Count > 0;
        }
    }

    private void Apply(in Command command)
    {
        var sequence = command.Sequence;
        if (sequence.Ended)
        {
            Refuse(command, new SequenceAbortedException("it had ended already"));
            return;
        }
        _live.Add(sequence);
        switch (command.Kind)
        {
            case CommandKind.Decode:
                sequence.Output = command.Output;
                sequence.PauseTokens = command.Tokens ?? [];
                sequence.Remaining = Math.Min(command.Count, _limits.Capacity - sequence.Length);
                if (sequence.Remaining <= 0)
                {
                    EndDecode(sequence, FinishReason.Length);
                    break;
                }
                sequence.Reserve(sequence.Length + sequence.Remaining);
                Want(sequence, Demand.Decode);
                break;
            case CommandKind.Leave:
                if (sequence.Demand == Demand.Decode)
                    Rest(sequence);
                sequence.Output = null;
                sequence.Truncate(command.Count);
                break;
            case CommandKind.Append:
                sequence.Add(command.Tokens);
                sequence.ForcedTokens += command.Tokens!.Length;
                break;
            case CommandKind.Rewind:
                sequence.Truncate(command.Count);
                break;
            case CommandKind.Score:
                var score = command.Score!;
                score.Prefix = sequence.Length;
                sequence.Score = score;
                sequence.Add(score.Continuation);
                sequence.Computed = Math.Min(sequence.Computed, score.FirstPosition);
                Want(sequence, Demand.Score);
                break;
            case CommandKind.CancelScore:
                if (sequence.Score == command.Score)
                    EndScore(sequence);
                break;
            case CommandKind.End:
                End(sequence, new SequenceAbortedException(command.Reason ?? "its owner disposed of it"));
                break;
        }
    }

    private void Want(Sequence sequence, Demand demand)
    {
        // Sampling needs the logits of the last token: without fresh ones, it is computed again.
        if (sequence.Pending == 0)
            sequence.Computed = sequence.Length - 1;
        sequence.Demand = demand;
        _scheduler.Activate(sequence);
    }

    private void Rest(Sequence sequence)
    {
        sequence.Demand = Demand.None;
        sequence.LastActive = _steps;
        _scheduler.Deactivate(sequence);
    }

    private void Step()
    {
        _scheduler.Plan(_plan, _steps);
        if (_plan.IsEmpty)
            return;
        _steps++;
        try
        {
            _decoder.Forward(_plan, _logits);
        }
#pragma warning disable CA1031 // Whatever a forward pass throws costs this step's sequences, never the loop.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e);
            return;
        }
        _failures = 0;
        _unhealthyReason = null;
        _copies += _plan.Copies.Count;
        CommitRows();
        CommitChunks();
        if (_options.CheckInvariants)
            EngineInvariants.ThrowIfViolated(Snapshot());
    }

    private void CommitRows()
    {
        for (int row = 0; row < _plan.DecodeRows; row++)
        {
            if (_scheduler.RowOwner(row) is not { } sequence)
                continue;
            sequence.Computed++;
            CommitLogits(sequence, row, sequence.Computed - 1);
        }
    }

    private void CommitChunks()
    {
        int row = _plan.DecodeRows;
        foreach (ref readonly var chunk in CollectionsMarshal.AsSpan(_plan.Chunks))
        {
            if (_slots[chunk.Slot].Sequence is not { } sequence)
            {
                row += chunk.Logits;   // it failed in an earlier chunk of this step
                continue;
            }
            sequence.Computed = chunk.Start + chunk.Count;
            sequence.LastActive = _steps;
            _prefilled += chunk.Count;
            for (int i = 0; i < chunk.Logits; i++, row++)
                CommitLogits(sequence, row, chunk.Start + chunk.Count - chunk.Logits + i);
        }
    }

    /// <summary>Uses one row of logits, those after the token at <paramref name="position"/>.</summary>
    private void CommitLogits(Sequence sequence, int row, int position)
    {
        try
        {
            if (sequence.Demand == Demand.Score)
                CommitScore(sequence, row, position);
            else if (sequence.Demand == Demand.Decode && position == sequence.Length - 1)
                CommitSample(sequence, row);
        }
#pragma warning disable CA1031 // A failure inside one sequence ends that sequence and no other.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(sequence, new DecoderFailedException(e.Message, e));
        }
    }

    private void CommitSample(Sequence sequence, int row)
    {
        var token = _sampler.Sample(_logits.Row(row), sequence.Sampling, sequence.Tokens, sequence.PromptLength, sequence.Stream, sequence.Length, _logits.Value(row));
        sequence.Add(token.Id);
        sequence.SampledTokens++;
        sequence.LastActive = _steps;
        _sampled++;
        if (sequence.Output!.Push(token))
            _delivery.Add(sequence.Output);
        if (sequence.StopTokens.AsSpan().Contains(token.Id))
            EndDecode(sequence, FinishReason.Stop);
        else if (sequence.PauseTokens.AsSpan().Contains(token.Id))
            EndDecode(sequence, FinishReason.Pause);
        else if (--sequence.Remaining == 0)
            EndDecode(sequence, FinishReason.Length);
    }

    private void CommitScore(Sequence sequence, int row, int position)
    {
        var score = sequence.Score!;
        int index = position - score.FirstPosition;
        if (index < 0)
            return;
        if (index == score.Continuation.Length)
        {
            score.Complete(_logits.Value(row));
            EndScore(sequence);
            return;
        }
        var token = _sampler.Score(_logits.Row(row), score.Continuation[index], score.TopLogProbs, _logits.Value(row));
        (score.LogProbs[index], score.Entropies[index], score.Values[index]) = (token.LogProb, token.Entropy, token.Value);
        if (score.Top is not null)
            score.Top[index] = token.Top!;
        sequence.ScoredTokens++;
    }

    private void EndDecode(Sequence sequence, FinishReason reason)
    {
        if (sequence.Demand == Demand.Decode)
            Rest(sequence);
        if (sequence.Output!.End(reason))
            _delivery.Add(sequence.Output);
        sequence.Output = null;
    }

    private void EndScore(Sequence sequence)
    {
        Rest(sequence);
        sequence.Truncate(sequence.Score!.Prefix);
        sequence.Score = null;
    }

    /// <summary>Ends a sequence: whoever waits for it gets the error, its slot becomes a cached prefix.</summary>
    private void End(Sequence sequence, EngineException error, bool keepPrefix = true)
    {
        if (sequence.Ended)
            return;
        sequence.Ended = true;
        if (sequence.Demand != Demand.None)
            Rest(sequence);
        if (sequence.Score is { } score)
        {
            score.Fail(error);
            sequence.Truncate(score.Prefix);
        }
        if (sequence.Output is { } output && output.End(null, error))
            _delivery.Add(output);
        (sequence.Score, sequence.Output) = (null, null);
        if (sequence.Slot != Sequence.NoSlot)
        {
            if (keepPrefix)
                _slots.Retain(sequence, _steps);
            else
                _slots.Drop(sequence);
        }
        _live.Remove(sequence);
        Interlocked.Decrement(ref _liveCount);
    }

    /// <summary>A failed step costs the sequences that were part of it: their slots may hold anything now.</summary>
    private void Fail(Exception cause)
    {
        _failedSteps++;
        if (++_failures >= _options.FailuresBeforeUnhealthy)
            _unhealthyReason = $"{_failures} forward passes in a row failed, the last one with: {cause.Message}";
        _failing.Clear();
        for (int row = 0; row < _plan.DecodeRows; row++)
            if (_scheduler.RowOwner(row) is { } sequence)
                _failing.Add(sequence);
        foreach (var chunk in _plan.Chunks)
            if (_slots[chunk.Slot].Sequence is { } sequence)
                _failing.Add(sequence);
        foreach (var sequence in _failing)
            End(sequence, new DecoderFailedException(cause.Message, cause), keepPrefix: false);
        // Others that were only moved, or idled along in the window, are computed again when they are needed.
        for (int row = 0; row < _plan.DecodeRows; row++)
            Evict(_plan.FirstRow + row);
        foreach (var copy in _plan.Copies)
            if (copy.To < _slots.Count)
                Evict(copy.To);
        // Cached prefixes are cheap to lose and expensive to get wrong.
        for (int slot = 0; slot < _slots.Count; slot++)
            if (_slots[slot].IsRetained)
                _slots.Forget(slot);
    }

    private void Evict(int slot)
    {
        if (_slots[slot].Sequence is not { } sequence)
            return;
        bool hasWork = sequence.Demand != Demand.None;
        if (hasWork)
            _scheduler.Deactivate(sequence);
        _slots.Drop(sequence);
        if (hasWork)
            _scheduler.Activate(sequence);
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

    private void PublishStatistics()
    {
        lock (_statisticsLock)
            _statistics = new EngineStatistics
            {
                Running = _scheduler.Running.Count,
                Waiting = _scheduler.Waiting.Count,
                Slots = _slots.Count,
                UsedSlots = _slots.LiveCount,
                Steps = _steps,
                PrefilledTokens = _prefilled,
                SampledTokens = _sampled,
                PrefixQueriedTokens = _scheduler.PrefixQueriedTokens,
                PrefixHitTokens = _scheduler.PrefixHitTokens,
                Preemptions = _scheduler.Preemptions,
                KvCopies = _copies,
                FailedSteps = _failedSteps,
            };
    }

    private EngineSnapshot Snapshot() => EngineSnapshot.Take(_slots, _scheduler, _live);

    /// <summary>Stops after the step in progress; sequences that still live get <see cref="EngineStoppedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_inbox)
        {
            if (_stopping)
                return;
            _stopping = true;
            Monitor.Pulse(_inbox);
        }
        await Task.Run(_thread.Join);
        _logits.Dispose();
        _decoder.Dispose();
    }
}
