using System.Runtime.InteropServices;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine;

/// <summary>
/// All mutable state of an engine and the two things that change it: a handle's command, and a step. Owned by the engine's thread, so there is no lock here and
/// nothing is visible outside before the step has been committed.
/// </summary>
internal sealed class EngineCore : IDisposable
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
    private readonly Action<TokenStream> _wake;
    private readonly Action _ended;
    private int _failures;
    private long _steps, _prefilled, _sampled, _copies, _failedSteps;

    /// <param name="decoder">Owned from here on.</param>
    /// <param name="options">Of the engine.</param>
    /// <param name="wake">Told of every stream whose reader has something to read.</param>
    /// <param name="ended">Told of every sequence that ended.</param>
    public EngineCore(IDecoder decoder, LlmEngineOptions options, Action<TokenStream> wake, Action ended)
    {
        (_decoder, _limits, _options, _wake, _ended) = (decoder, decoder.Limits, options, wake, ended);
        _slots = new KvSlots(_limits.Slots, _limits.Capacity);
        _scheduler = new Scheduler(_limits, options, _slots);
        _logits = new LogitsBatch(_limits.Slots + _limits.ChunkTokens, _limits.VocabSize);
        _sampler = new TokenSampler(_limits.VocabSize);
    }

    public bool HasWork => _scheduler.Running.Count > 0 || _scheduler.Waiting.Count > 0;

    /// <summary>Why the engine calls itself unhealthy; null when it does not.</summary>
    public string? UnhealthyReason { get; private set; }

    public EngineStatistics Statistics => new()
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

    public void Apply(in Command command)
    {
        var sequence = command.Sequence;
        if (sequence.Ended)
        {
            command.Refuse(new SequenceAbortedException("it had ended already"));
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

    /// <summary>Plan, forward, commit. Does nothing when there is nothing to do.</summary>
    public void Step()
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
        UnhealthyReason = null;
        _copies += _plan.Copies.Count;
        CommitRows();
        CommitChunks();
        if (_options.CheckInvariants)
            EngineInvariants.ThrowIfViolated(EngineSnapshot.Take(_slots, _scheduler, _live));
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
            _wake(sequence.Output);
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
            _wake(sequence.Output);
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
            _wake(output);
        (sequence.Score, sequence.Output) = (null, null);
        if (sequence.Slot != Sequence.NoSlot)
        {
            if (keepPrefix)
                _slots.Retain(sequence, _steps);
            else
                _slots.Drop(sequence);
        }
        _live.Remove(sequence);
        _ended();
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

    /// <summary>Ends whatever still lives.</summary>
    public void EndAll(Func<EngineException> error)
    {
        foreach (var sequence in _live.ToArray())
            End(sequence, error());
    }

    public void Dispose()
    {
        _logits.Dispose();
        _decoder.Dispose();
    }
}
