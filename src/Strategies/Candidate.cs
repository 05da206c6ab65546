using InferenceServer.Engine;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Steps;

namespace InferenceServer.Strategies;

/// <summary>
/// A sequence with text, inside a strategy: what was sampled after the prompt, cut into steps, with log-probabilities and process rewards. Grows while it is
/// decoded, by one task; everyone else reads it while nobody decodes it.
/// </summary>
public sealed class Candidate
{
    private readonly GenerationSession _session;
    private readonly SequenceHandle? _sequence;
    private readonly ComputeLedger.CandidateEntry _bill;
    private readonly List<SampledToken> _tokens = [];
    private readonly ReadOnlyMemory<int> _prompt;
    private readonly int _choice;
    private readonly int _inherited;
    private readonly bool _startsPrompt;
    private CandidateText _text;
    private IReadOnlyList<ReasoningStep>? _steps;
    private ExtractedAnswer? _extracted;
    private bool _isExtracted, _isCachedCounted, _isReleased;

    /// <param name="session">Shared by the run.</param>
    /// <param name="sequence">Stands at the end of the prompt; the candidate owns it from now on. Null for a candidate that never says anything.</param>
    /// <param name="index">Its number in the run.</param>
    /// <param name="choice">Which of the run's choices it works for.</param>
    /// <param name="startsPrompt">Whether its sequence was started rather than forked, and so pays for the prompt.</param>
    /// <param name="prompt">Where it stands.</param>
    internal Candidate(GenerationSession session, SequenceHandle? sequence, int index, int choice, bool startsPrompt, ReadOnlyMemory<int> prompt)
        : this(session, sequence, index, choice, startsPrompt, prompt, parent: null) { }

    private Candidate(
        GenerationSession session, SequenceHandle? sequence, int index, int choice, bool startsPrompt, ReadOnlyMemory<int> prompt, Candidate? parent, int inherited = 0)
    {
        (_session, _sequence, Index, _choice, _startsPrompt, _prompt, _inherited) = (session, sequence, index, choice, startsPrompt, prompt, inherited);
        _text = new(session.Model.Tokenizer, session.Request.Stop);
        int dropped = parent is null ? 0 : parent._tokens.Skip(inherited).Count(token => !float.IsNaN(token.LogProb));
        _bill = session.Ledger.AddCandidate(index, session.Elapsed, parent?._bill, dropped);
        Replay(parent?._tokens.Take(inherited) ?? []);
        if (session.IsTraced)
            session.Emit(new CandidateStarted(index, session.Elapsed, choice) { Parent = parent?.Index, Text = Text, Inherited = inherited, Prompt = prompt, Stream = sequence?.Stream });
    }

    /// <summary>Number of the candidate in its request, from 0 in order of creation.</summary>
    public int Index { get; }

    /// <summary>The completion, forced text included, end token and stop string excluded.</summary>
    public string Text => _text.Text;

    /// <summary>What stands after the prompt, the end token and tokens of a stop string included. Scores of tokens that the model did not write are NaN.</summary>
    public IReadOnlyList<SampledToken> Tokens => _tokens;

    /// <summary>The pieces of the text between newlines, blank ones left out.</summary>
    public IReadOnlyList<ReasoningStep> Steps => _steps ?? [.. _text.Steps.Select(Step)];

    /// <summary>"stop" (end token or stop string), "length" (a limit of tokens, the context, or the budget), "aborted"; null while it can go on.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Ended by the request's budget rather than by itself.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Sum of the sampled tokens' raw log-probabilities (temperature 1, before truncation), in nats.</summary>
    public double SumLogProb { get; private set; }

    /// <summary>Tokens that the model wrote.</summary>
    public int SampledCount { get; private set; }

    /// <summary><see cref="SumLogProb"/> a token; NaN without tokens.</summary>
    public double MeanLogProb => SumLogProb / SampledCount;

    /// <summary>The final answer in the text, null when it has none. Read it once the candidate has ended.</summary>
    public ExtractedAnswer? Extracted
    {
        get
        {
            if (!_isExtracted)
                (_extracted, _isExtracted) = (AnswerExtractor.Extract(Text), true);
            return _extracted;
        }
    }

    /// <summary>Tokens it may hold, prompt excluded.</summary>
    private int MaxTokens => Math.Min(_session.Request.MaxTokens, _session.Model.ContextLength - _prompt.Length);

    /// <summary>
    /// Samples until the candidate ends, by itself or because the budget cuts it, or until one of the pauses; what it says does not depend on where it paused.
    /// Does nothing when it has ended.
    /// </summary>
    /// <param name="maxTokens">Pauses after so many tokens.</param>
    /// <param name="toStepEnd">Pauses as soon as another step is complete.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EngineException">The engine lost the sequence.</exception>
    public async Task DecodeAsync(int maxTokens = int.MaxValue, bool toStepEnd = false, CancellationToken cancellationToken = default)
    {
        int steps = _text.Steps.Count, end = (int)Math.Min((long)_tokens.Count + maxTokens, MaxTokens);
        bool stopped = false;
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Budget.Token))
        {
            try
            {
                // A pause token may close a blank line, which is no step.
                while (FinishReason is null && !stopped && _tokens.Count < end && _session.Budget.Exhausted is null && !(toStepEnd && _text.Steps.Count > steps))
                    stopped = await ReadAsync(Math.Clamp(_session.Budget.Remaining(_prompt.Length + _tokens.Count), 1, end - _tokens.Count), toStepEnd ? _session.StepTokens : null, either.Token);
                either.Token.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The budget ended; what was sampled stands.
            }
        }
        if (FinishReason is not null)
            return;
        bool full = _tokens.Count >= MaxTokens;
        IsCut = !stopped && _session.Budget.Exhausted is not null && !full;
        if (stopped || IsCut || full)
            Finish(stopped ? "stop" : "length");
    }

    /// <summary>Goes on with text that the model did not write. It counts against the candidate's limit of tokens, and is billed as forced.</summary>
    /// <returns>False, and nothing happens, when it would leave no room to go on: in the limit, the context, or the budget.</returns>
    /// <exception cref="InvalidOperationException">The candidate has ended; <see cref="Rewind"/> first.</exception>
    public bool Append(string text)
    {
        if (FinishReason is not null)
            throw new InvalidOperationException("The candidate has ended: rewind it before text is appended.");
        int[] tokens = _session.Model.Tokenizer.Encode(text, allowSpecial: false);
        if (_tokens.Count + tokens.Length >= MaxTokens || tokens.Length >= _session.Budget.Remaining(_prompt.Length + _tokens.Count))
            return false;
        Sequence.Append(tokens);
        _session.Ledger.AddForced(_bill, _prompt.Length + _tokens.Count, tokens.Length);
        string delta = "";
        foreach (int token in tokens)
        {
            _tokens.Add(new(token, float.NaN, float.NaN, float.NaN));
            delta += _text.AppendForced(token);
        }
        if (_session.IsTraced)
            _session.Emit(new TextForced(Index, _session.Elapsed, tokens.Length, delta, tokens));
        _session.Budget.Check();
        return true;
    }

    /// <summary>Takes back everything after the first <paramref name="tokens"/> tokens; a candidate that had ended can go on then.</summary>
    /// <param name="tokens">Not fewer than it was forked with.</param>
    public void Rewind(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, _inherited);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, _tokens.Count);
        Sequence.Rewind(_prompt.Length + tokens);
        SampledToken[] kept = [.. _tokens.Take(tokens)];
        int sampled = SampledCount;
        _tokens.Clear();
        (_text, _steps, _isExtracted, FinishReason, IsCut) = (new(_session.Model.Tokenizer, _session.Request.Stop), null, false, null, false);
        (SumLogProb, SampledCount) = (0, 0);
        Replay(kept);
        _session.Ledger.Drop(_bill, sampled - SampledCount);
        if (_session.IsTraced)
            _session.Emit(new CandidateRewound(Index, _session.Elapsed, tokens, Text));
    }

    /// <summary>Process reward after the first <paramref name="tokens"/> tokens; NaN without a value head, or when no token follows them yet.</summary>
    public double RewardAfter(int tokens)
    {
        // A token's value is the reward of what stood before it. The last token has none after it: its own value lacks one token, and none at all when it is the
        // end token.
        int next = FinishReason is null ? tokens : Math.Min(tokens, _tokens.Count - 1);
        return next >= 0 && next < _tokens.Count ? _tokens[next].Value : double.NaN;
    }

    /// <summary>Another candidate that goes on after the first <paramref name="tokens"/> tokens, with a random stream of its own. Its KV is copied, not computed.</summary>
    internal Candidate Fork(int index, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, _inherited);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, _tokens.Count);
        SequenceHandle fork = Sequence.Fork();
        if (tokens < _tokens.Count)
            fork.Rewind(_prompt.Length + tokens);
        return new(_session, fork, index, _choice, startsPrompt: false, _prompt, parent: this, tokens);
    }

    /// <summary>It will not say more: frees the row. A candidate that could go on ends as "aborted".</summary>
    internal async ValueTask DisposeAsync(string reason)
    {
        if (_isReleased)
            return;
        _isReleased = true;
        if (FinishReason is null)
        {
            Finish("aborted");
            if (_session.IsTraced)
                _session.Emit(new CandidateRejected(Index, _session.Elapsed, reason));
        }
        if (_sequence is not null)
            await _sequence.DisposeAsync();
    }

    /// <summary>Ends a candidate that has nothing to say.</summary>
    internal void FinishSilently(string reason) => Finish(reason);

    private SequenceHandle Sequence => _sequence ?? throw new InvalidOperationException("The candidate has no sequence.");

    /// <summary>Reads at most so many tokens; true when the text has ended with the last one.</summary>
    private async Task<bool> ReadAsync(int maxTokens, IReadOnlyCollection<int>? pauseAt, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await foreach (SampledToken token in Sequence.DecodeAsync(maxTokens, pauseAt, cancellationToken))
        {
            bool stopped = Add(token);
            if (stopped || _session.Budget.Exhausted is not null)
                return stopped;
        }
        return false;
    }

    /// <summary>Takes one token; true when it ended the text.</summary>
    private bool Add(SampledToken token)
    {
        _session.Ledger.AddSampled(_bill, _prompt.Length + _tokens.Count);
        bool stopped = Take(token, traced: _session.IsTraced);
        _session.Budget.Check();
        return stopped;
    }

    /// <summary>What was sampled or forced before, again, without paying for it.</summary>
    private void Replay(IEnumerable<SampledToken> tokens)
    {
        foreach (SampledToken token in tokens)
            Take(token, traced: false);
    }

    private bool Take(SampledToken token, bool traced)
    {
        _tokens.Add(token);
        int steps = _text.Steps.Count;
        string delta;
        bool stopped = false;
        if (float.IsNaN(token.LogProb))
            delta = _text.AppendForced(token.Id);
        else
        {
            SumLogProb += token.LogProb;
            SampledCount++;
            bool ended = !_session.Request.IgnoreEndToken && _session.Model.EndTokens.Contains(token.Id);
            (delta, stopped) = ended ? (_text.AppendEnd(), true) : _text.Append(token.Id);
        }
        if (traced)
            Trace(token, delta, steps);
        return stopped;
    }

    private void Trace(SampledToken? token, string delta, int stepsBefore)
    {
        if (token is not null || delta.Length > 0)
            _session.Emit(new TextSampled(Index, _session.Elapsed, token, delta));
        for (int i = stepsBefore; i < _text.Steps.Count; i++)
            _session.Emit(new StepEnded(Index, _session.Elapsed, i, _text.Steps[i].Text));
    }

    private void Finish(string reason)
    {
        int steps = _text.Steps.Count;
        string rest = _text.Flush();
        _text.Finish();
        if (_session.IsTraced)
            Trace(null, rest, steps);
        FinishReason = reason;
        _steps = [.. _text.Steps.Select(Step)];
        SequenceUsage usage = _sequence?.Usage ?? default;
        if (_startsPrompt && !_isCachedCounted)
        {
            _isCachedCounted = true;
            // A sequence that lost its row and came back found its tokens in the cache again.
            _session.Ledger.AddCached(Math.Min(usage.Cached, _prompt.Length));
        }
        _session.Ledger.End(_bill, reason, _session.Elapsed, usage, _prompt.Length + _tokens.Count);
        if (reason != "aborted" && _session.IsTraced)
            _session.Emit(new CandidateFinished(Index, _session.Elapsed, reason, SampledCount));
    }

    private ReasoningStep Step(StepSpan span)
    {
        int first = _text.TokenAt(span.Start), end = Math.Min(_text.TokenAt(span.End - 1) + 1, _tokens.Count);
        return new(span.Text, first, end, RewardAfter(end));
    }
}
