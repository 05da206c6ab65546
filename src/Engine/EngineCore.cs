using InferenceServer.Engine.Decoding;

namespace InferenceServer.Engine;

/// <summary>
/// The two things that change an engine's state: a handle's command, and a step. Owned by the engine's thread, so there is no lock here and nothing is visible
/// outside before the step has been committed.
/// </summary>
internal sealed class EngineCore : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly DecoderLimits _limits;
    private readonly LlmEngineOptions _options;
    private readonly KvSlots _slots;
    private readonly Scheduler _scheduler;
    private readonly SequenceLifecycle _life;
    private readonly StepPlan _plan = new();
    private readonly LogitsBatch _logits;
    private readonly StepCommit _commit;
    private readonly List<Sequence> _failing = [];
    private int _failures;
    private long _copies, _failedSteps;

    /// <param name="decoder">Owned from here on.</param>
    /// <param name="options">Of the engine.</param>
    /// <param name="wake">Told of every stream whose reader has something to read.</param>
    /// <param name="ended">Told of every sequence that ended.</param>
    /// <param name="isTaken">Whether a sequence lives that background sequences give way to.</param>
    public EngineCore(IDecoder decoder, LlmEngineOptions options, Action<TokenStream> wake, Action<Sequence> ended, Func<bool> isTaken)
    {
        (_decoder, _limits, _options) = (decoder, decoder.Limits, options);
        _slots = new KvSlots(_limits.Slots, _limits.Capacity);
        _scheduler = new Scheduler(_limits, options, _slots, isTaken);
        _life = new SequenceLifecycle(_scheduler, _slots, wake, ended);
        _logits = new LogitsBatch(_limits.Slots + _limits.ChunkTokens, _limits.VocabSize, decoder.ValueHead?.Width ?? 0);
        _commit = new StepCommit(_plan, _logits, decoder.ValueHead, _scheduler, _slots, _life);
    }

    public bool HasWork => _scheduler.HasWork;

    /// <summary>Why the engine calls itself unhealthy; null when it does not.</summary>
    public string? UnhealthyReason { get; private set; }

    public EngineStatistics Statistics => new()
    {
        Running = _scheduler.Running.Count,
        Waiting = _scheduler.Waiting.Count,
        Slots = _slots.Count,
        UsedSlots = _slots.LiveCount,
        Steps = _life.Step,
        PrefilledTokens = _commit.Prefilled,
        SampledTokens = _commit.Sampled,
        PrefixQueriedTokens = _scheduler.PrefixQueriedTokens,
        PrefixHitTokens = _scheduler.PrefixHitTokens,
        Preemptions = _scheduler.Preemptions,
        KvCopies = _copies,
        FailedSteps = _failedSteps,
    };

    public void Apply(in Command command)
    {
        var sequence = command.Sequence;
        if (sequence.Ended)
        {
            command.Refuse(new SequenceAbortedException("it had ended already"));
            return;
        }
        _life.Know(sequence);
        switch (command.Kind)
        {
            case CommandKind.Decode:
                sequence.Output = command.Output;
                sequence.PauseTokens = command.Tokens ?? [];
                sequence.Remaining = Math.Min(command.Count, _limits.Capacity - sequence.Length);
                if (sequence.Remaining <= 0)
                {
                    _life.EndDecode(sequence, FinishReason.Length);
                    break;
                }
                sequence.Log.Reserve(sequence.Length + sequence.Remaining);
                _life.Want(sequence, Demand.Decode);
                break;
            case CommandKind.Leave:
                if (sequence.Demand == Demand.Decode)
                    _life.Rest(sequence);
                sequence.Output = null;
                sequence.Truncate(command.Count);
                break;
            case CommandKind.Append:
                int appended = sequence.Length;
                sequence.Log.Add(command.Tokens);
                for (int i = 0; i < (command.Statistics?.Length ?? 0); i++)
                    sequence.Log.Learn(appended + i, command.Statistics![i]);
                sequence.ForcedTokens += command.Tokens!.Length;
                break;
            case CommandKind.Rewind:
                sequence.Truncate(command.Count);
                break;
            case CommandKind.Score:
                var score = command.Score!;
                score.Prefix = sequence.Length;
                sequence.Score = score;
                sequence.Log.Add(score.Continuation);
                sequence.Computed = Math.Min(sequence.Computed, score.FirstPosition);
                _life.Want(sequence, Demand.Score);
                break;
            case CommandKind.CancelScore:
                if (sequence.Score == command.Score)
                    _life.EndScore(sequence);
                break;
            case CommandKind.End:
                _life.End(sequence, new SequenceAbortedException(command.Reason ?? "its owner disposed of it"));
                break;
        }
    }

    /// <summary>Plan, forward, commit. Does nothing when there is nothing to do.</summary>
    public void Step()
    {
        _scheduler.Plan(_plan, _life.Step);
        if (_plan.IsEmpty)
            return;
        _life.Step++;
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
        UnhealthyReason = null;
        _copies += _plan.Copies.Count;
        _commit.Rows();
        _commit.Chunks();
        if (_options.CheckInvariants)
            EngineInvariants.ThrowIfViolated(EngineSnapshot.Take(_slots, _scheduler, _life.Live));
    }

    /// <summary>A failed step costs the sequences that were part of it: their slots may hold anything now.</summary>
    private void Fail(Exception cause)
    {
        _failedSteps++;
        if (++_failures >= _options.FailuresBeforeUnhealthy)
            UnhealthyReason = $"{_failures} forward passes in a row failed, the last one with: {cause.Message}";
        _failing.Clear();
        for (int row = 0; row < _plan.DecodeRows; row++)
            if (_scheduler.RowOwner(row) is { } sequence)
                _failing.Add(sequence);
        foreach (var chunk in _plan.Chunks)
            if (_slots[chunk.Slot].Sequence is { } sequence)
                _failing.Add(sequence);
        foreach (var sequence in _failing)
            _life.End(sequence, new DecoderFailedException(cause.Message, cause), keepPrefix: false);
        // Others that were only moved, or idled along in the window, are computed again when they are needed.
        for (int row = 0; row < _plan.DecodeRows; row++)
            _life.Evict(_plan.FirstRow + row);
        foreach (var copy in _plan.Copies)
            if (copy.To < _slots.Count)
                _life.Evict(copy.To);
        // Cached prefixes are cheap to lose and expensive to get wrong.
        for (int slot = 0; slot < _slots.Count; slot++)
            if (_slots[slot].IsRetained)
                _slots.Forget(slot);
    }

    /// <summary>Ends whatever still lives.</summary>
    public void EndAll(Func<EngineException> error) => _life.EndAll(error);

    public void Dispose()
    {
        _logits.Dispose();
        _decoder.Dispose();
    }
}
