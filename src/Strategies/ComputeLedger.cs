using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>
/// What a request has cost, by kind of token. May be read at any time, while the request runs too. A candidate's tokens count as answer when the run stands by
/// that candidate or by a fork of it, as discarded otherwise.
/// </summary>
public sealed class ComputeLedger
{
    private readonly FlopEstimate _flops;
    private readonly Lock _lock = new();
    private readonly List<CandidateEntry> _candidates = [];
    private readonly HashSet<int> _answers = [];
    private int _prompt, _cached, _scorer, _total;
    private double _estimatedFlops, _scorerFlops;

    internal ComputeLedger(FlopEstimate flops) => _flops = flops;

    /// <summary>Prompt tokens of every sequence that was started from a prompt; forks of it copy its KV and are free.</summary>
    public int Prompt { get { lock (_lock) return _prompt; } }

    /// <summary>Of <see cref="Prompt"/>, those whose KV was found in the prefix cache.</summary>
    public int Cached { get { lock (_lock) return _cached; } }

    /// <summary>Sampled tokens of the candidates that the run stands by, those they inherited from what they were forked from included.</summary>
    public int Answer { get { lock (_lock) return AnswerTokens(); } }

    /// <summary>Sampled tokens of every other candidate, those dropped by a rewind, and tokens sampled past a stop string.</summary>
    public int Discarded { get { lock (_lock) return _candidates.Sum(c => c.Sampled + c.Overshoot) - AnswerTokens(); } }

    /// <summary>Tokens in candidates that the model did not write.</summary>
    public int Forced { get { lock (_lock) return _candidates.Sum(c => c.Forced); } }

    /// <summary>Tokens computed only to judge others: a reward model's, a judge's, a gate's, prompts included unless they were in that model's cache.</summary>
    public int Scorer { get { lock (_lock) return _scorer + _candidates.Sum(c => c.Usage.Scored); } }

    /// <summary>Everything that counts against <see cref="ComputeBudget.MaxTotalTokens"/>: prompt, sampled, forced and scorer tokens.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Floating-point operations of all forward passes, estimated from the models' sizes; see <see cref="FlopEstimate"/>.</summary>
    public double EstimatedFlops { get { lock (_lock) return _estimatedFlops; } }

    /// <summary>Of <see cref="EstimatedFlops"/>, those of <see cref="Scorer"/> tokens that other sequences than the candidates computed.</summary>
    public double ScorerFlops { get { lock (_lock) return _scorerFlops; } }

    /// <summary>Every candidate, in order of creation.</summary>
    public IReadOnlyList<CandidateBill> Candidates
    {
        get
        {
            lock (_lock)
                return [.. _candidates.OrderBy(c => c.Index).Select(c =>
                    new CandidateBill(c.Index, c.Sampled, c.Overshoot, c.FinishReason, c.Started, c.Ended, _answers.Contains(c.Index))
                    {
                        Forced = c.Forced,
                        Parent = c.Parent?.Index,
                    })];
        }
    }

    /// <summary>How many tokens a sequence that holds so many may add until the estimate reaches a limit.</summary>
    internal int TokensWithin(double flops, int position) => (int)Math.Clamp(Math.Ceiling((flops - EstimatedFlops) / _flops.Decode(position)), 0, int.MaxValue);

    internal void AddPrompt(int tokens)
    {
        lock (_lock)
        {
            _prompt += tokens;
            _estimatedFlops += _flops.Prefill(0, tokens);
        }
        Interlocked.Add(ref _total, tokens);
    }

    /// <summary>How much of a prompt was in the cache is known only once it has been computed.</summary>
    internal void AddCached(int tokens)
    {
        lock (_lock)
        {
            _cached += tokens;
            _estimatedFlops -= _flops.Prefill(0, tokens);
        }
    }

    /// <summary>Tokens that another sequence than a candidate's computed to judge one.</summary>
    /// <param name="tokens">Those that were computed, so without cached ones.</param>
    /// <param name="flops">Their operations, by the size of the model that computed them.</param>
    internal void AddScorer(int tokens, double flops)
    {
        lock (_lock)
        {
            _scorer += tokens;
            _scorerFlops += flops;
            _estimatedFlops += flops;
        }
        Interlocked.Add(ref _total, tokens);
    }

    /// <param name="index">The candidate's number.</param>
    /// <param name="started">Since the request began.</param>
    /// <param name="parent">What it was forked from; null when it began at the prompt.</param>
    /// <param name="dropped">Sampled tokens of the parent that it does not go on from.</param>
    internal CandidateEntry AddCandidate(int index, TimeSpan started, CandidateEntry? parent = null, int dropped = 0)
    {
        lock (_lock)
        {
            var entry = new CandidateEntry(index, started, parent, dropped);
            _candidates.Add(entry);
            return entry;
        }
    }

    /// <param name="entry">The candidate.</param>
    /// <param name="position">Tokens before this one in its sequence.</param>
    internal void AddSampled(CandidateEntry entry, int position)
    {
        lock (_lock)
        {
            entry.Sampled++;
            entry.Kept++;
            _estimatedFlops += _flops.Decode(position);
        }
        Interlocked.Increment(ref _total);
    }

    /// <param name="entry">The candidate.</param>
    /// <param name="position">Tokens before these in its sequence.</param>
    /// <param name="tokens">Tokens that the model did not write.</param>
    internal void AddForced(CandidateEntry entry, int position, int tokens)
    {
        lock (_lock)
        {
            entry.Forced += tokens;
            _estimatedFlops += _flops.Prefill(position, position + tokens);
        }
        Interlocked.Add(ref _total, tokens);
    }

    /// <summary>Sampled tokens were taken back; they stay paid for.</summary>
    internal void Drop(CandidateEntry entry, int sampled)
    {
        lock (_lock)
            (entry.Kept, entry.FinishReason, entry.Ended) = (entry.Kept - sampled, null, null);
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
            int before = entry.Overshoot + entry.Usage.Scored;
            (entry.FinishReason, entry.Ended, entry.Usage) = (finishReason, ended, usage);
            unseen = entry.Overshoot + usage.Scored - before;
            _estimatedFlops += unseen * _flops.Decode(position);
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

    /// <summary>A token that several answers inherited from one ancestor counts once.</summary>
    private int AnswerTokens()
    {
        var used = new Dictionary<CandidateEntry, int>();
        foreach (CandidateEntry answer in _candidates.Where(c => _answers.Contains(c.Index)))
        {
            used[answer] = answer.Kept;
            for (CandidateEntry child = answer; child.Parent is { } parent; child = parent)
                used[parent] = Math.Max(used.GetValueOrDefault(parent), child.Inherited);
        }
        return used.Values.Sum();
    }

    internal sealed class CandidateEntry(int index, TimeSpan started, CandidateEntry? parent, int dropped)
    {
        public int Index { get; } = index;
        public TimeSpan Started { get; } = started;
        public CandidateEntry? Parent { get; } = parent;

        /// <summary>Tokens of the parent's own that this one goes on from.</summary>
        public int Inherited { get; } = (parent?.Kept ?? 0) - dropped;
        public TimeSpan? Ended { get; set; }
        public string? FinishReason { get; set; }
        public int Sampled { get; set; }

        /// <summary>Of <see cref="Sampled"/>, those that no rewind took back.</summary>
        public int Kept { get; set; }
        public int Forced { get; set; }
        public SequenceUsage Usage { get; set; }
        public int Overshoot => Math.Max(0, Usage.Sampled - Sampled);
    }
}

/// <summary>One candidate's line of the bill.</summary>
/// <param name="Candidate">Its index.</param>
/// <param name="Tokens">Sampled and seen, by itself.</param>
/// <param name="Overshoot">Sampled by the engine after the candidate had ended (a stop string is found only in the text) or had paused.</param>
/// <param name="FinishReason">Why it ended; null while it runs.</param>
/// <param name="Started">Since the request began.</param>
/// <param name="Ended">Since the request began; null while it runs.</param>
/// <param name="IsAnswer">Whether the run stands by it.</param>
public sealed record CandidateBill(int Candidate, int Tokens, int Overshoot, string? FinishReason, TimeSpan Started, TimeSpan? Ended, bool IsAnswer)
{
    /// <summary>Tokens in it that the model did not write.</summary>
    public int Forced { get; init; }

    /// <summary>The candidate that it was forked from; null when it began at the prompt.</summary>
    public int? Parent { get; init; }
}
