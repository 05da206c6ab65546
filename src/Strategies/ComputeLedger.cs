using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>
/// What a request has cost, by kind of token. May be read at any time, while the request runs too. A candidate's tokens count as answer when the run stands by
/// that candidate, as discarded otherwise.
/// </summary>
public sealed class ComputeLedger
{
    private readonly FlopEstimate _flops;
    private readonly Lock _lock = new();
    private readonly List<CandidateEntry> _candidates = [];
    private readonly HashSet<int> _answers = [];
    private int _prompt, _cached, _total;
    private double _promptFlops;

    internal ComputeLedger(FlopEstimate flops) => _flops = flops;

    /// <summary>Prompt tokens of every sequence that was started from a prompt; forks of it copy its KV and are free.</summary>
    public int Prompt { get { lock (_lock) return _prompt; } }

    /// <summary>Of <see cref="Prompt"/>, those whose KV was found in the prefix cache.</summary>
    public int Cached { get { lock (_lock) return _cached; } }

    /// <summary>Sampled tokens of the candidates that the run stands by.</summary>
    public int Answer { get { lock (_lock) return Sum(answers: true); } }

    /// <summary>Sampled tokens of every other candidate, and tokens sampled past a stop string.</summary>
    public int Discarded { get { lock (_lock) return Sum(answers: false); } }

    /// <summary>Tokens that the model did not write.</summary>
    public int Forced { get { lock (_lock) return _candidates.Sum(c => c.Usage.Forced); } }

    /// <summary>Tokens computed only to judge others.</summary>
    public int Scorer { get { lock (_lock) return _candidates.Sum(c => c.Usage.Scored); } }

    /// <summary>Everything that counts against <see cref="ComputeBudget.MaxTotalTokens"/>: prompt, sampled, forced and scored tokens.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Floating-point operations, estimated from the model's size; see <see cref="FlopEstimate"/>.</summary>
    public double EstimatedFlops { get { lock (_lock) return _promptFlops + _candidates.Sum(c => c.Flops); } }

    /// <summary>Every candidate, in order of creation.</summary>
    public IReadOnlyList<CandidateBill> Candidates
    {
        get
        {
            lock (_lock)
                return [.. _candidates.Select(c =>
                    new CandidateBill(c.Index, c.Sampled, c.Overshoot, c.FinishReason, c.Started, c.Ended, _answers.Contains(c.Index)))];
        }
    }

    internal void AddPrompt(int tokens)
    {
        lock (_lock)
        {
            _prompt += tokens;
            _promptFlops += _flops.Prefill(0, tokens);
        }
        Interlocked.Add(ref _total, tokens);
    }

    /// <summary>How much of a prompt was in the cache is known only once it has been computed.</summary>
    internal void AddCached(int tokens)
    {
        lock (_lock)
        {
            _cached += tokens;
            _promptFlops -= _flops.Prefill(0, tokens);
        }
    }

    internal CandidateEntry AddCandidate(int index, TimeSpan started)
    {
        var entry = new CandidateEntry(index, started);
        lock (_lock)
            _candidates.Add(entry);
        return entry;
    }

    /// <param name="entry">The candidate.</param>
    /// <param name="position">Tokens before this one in its sequence.</param>
    internal void AddSampled(CandidateEntry entry, int position)
    {
        lock (_lock)
        {
            entry.Sampled++;
            entry.Flops += _flops.Decode(position);
        }
        Interlocked.Increment(ref _total);
    }

    /// <param name="entry">The candidate.</param>
    /// <param name="finishReason">Why it ended.</param>
    /// <param name="ended">Since the request began.</param>
    /// <param name="usage">What its sequence has cost in all.</param>
    /// <param name="position">Tokens in its sequence, as far as it was read.</param>
    internal void End(CandidateEntry entry, string finishReason, TimeSpan ended, SequenceUsage usage, int position)
    {
        int unseen;
        lock (_lock)
        {
            (entry.FinishReason, entry.Ended, entry.Usage) = (finishReason, ended, usage);
            unseen = entry.Overshoot + usage.Forced + usage.Scored;
            entry.Flops += unseen * _flops.Decode(position);
        }
        Interlocked.Add(ref _total, unseen);
    }

    /// <summary>From now on the run stands by this candidate, in place of another or beside it.</summary>
    internal void StandBy(int candidate, int? inPlaceOf)
    {
        lock (_lock)
        {
            if (inPlaceOf is int other)
                _answers.Remove(other);
            _answers.Add(candidate);
        }
    }

    private int Sum(bool answers) =>
        _candidates.Sum(c => (_answers.Contains(c.Index) == answers ? c.Sampled : 0) + (answers ? 0 : c.Overshoot));

    internal sealed class CandidateEntry(int index, TimeSpan started)
    {
        public int Index { get; } = index;
        public TimeSpan Started { get; } = started;
        public TimeSpan? Ended { get; set; }
        public string? FinishReason { get; set; }
        public int Sampled { get; set; }
        public SequenceUsage Usage { get; set; }
        public int Overshoot => Math.Max(0, Usage.Sampled - Sampled);
        public double Flops { get; set; }
    }
}

/// <summary>One candidate's line of the bill.</summary>
/// <param name="Candidate">Its index.</param>
/// <param name="Tokens">Sampled and seen.</param>
/// <param name="Overshoot">Sampled by the engine after the candidate had ended (a stop string is found only in the text).</param>
/// <param name="FinishReason">Why it ended; null while it runs.</param>
/// <param name="Started">Since the request began.</param>
/// <param name="Ended">Since the request began; null while it runs.</param>
/// <param name="IsAnswer">Whether the run stands by it.</param>
public sealed record CandidateBill(int Candidate, int Tokens, int Overshoot, string? FinishReason, TimeSpan Started, TimeSpan? Ended, bool IsAnswer);
