using System.Text;
using InferenceServer.Engine;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Steps;

namespace InferenceServer.Strategies;

/// <summary>
/// A sequence with text, inside a strategy: what was sampled after the prompt, cut into steps, with log-probabilities and process rewards. Grows while it is
/// decoded, by one task; everyone else reads it once it has ended.
/// </summary>
public sealed class Candidate
{
    private readonly GenerationSession _session;
    private readonly SequenceHandle _sequence;
    private readonly ComputeLedger.CandidateEntry _bill;
    private readonly CandidateText _decoded;
    private readonly StringBuilder _builder = new();
    private readonly StepCutter _cutter = new();
    private readonly List<SampledToken> _tokens = [];
    private readonly List<int> _characters = [];
    private readonly List<StepSpan> _spans = [];
    private readonly int _promptLength;
    private readonly bool _startsPrompt;
    private string? _text;
    private IReadOnlyList<ReasoningStep>? _steps;
    private ExtractedAnswer? _extracted;
    private bool _isExtracted;
    private int _decodedCharacters;

    /// <param name="session">Shared by the run.</param>
    /// <param name="sequence">Stands at the end of the prompt; the candidate owns it from now on.</param>
    /// <param name="index">Its number in the run.</param>
    /// <param name="choice">Which of the run's choices it works for.</param>
    /// <param name="startsPrompt">Whether its sequence was started rather than forked, and so pays for the prompt.</param>
    internal Candidate(GenerationSession session, SequenceHandle sequence, int index, int choice, bool startsPrompt)
    {
        (_session, _sequence, Index, _startsPrompt) = (session, sequence, index, startsPrompt);
        _promptLength = sequence.Length;
        _decoded = new(session.Model.Tokenizer, session.Request.Stop);
        _bill = session.Ledger.AddCandidate(index, session.Elapsed);
        if (session.IsTraced)
            session.Emit(new CandidateStarted(index, session.Elapsed, choice));
    }

    /// <summary>Number of the candidate in its request, from 0 in order of creation.</summary>
    public int Index { get; }

    /// <summary>The completion, end token and stop string excluded.</summary>
    public string Text => _text ?? _builder.ToString();

    /// <summary>What was sampled, the end token and tokens of a stop string included.</summary>
    public IReadOnlyList<SampledToken> Tokens => _tokens;

    /// <summary>The pieces of the text between newlines, blank ones left out.</summary>
    public IReadOnlyList<ReasoningStep> Steps => _steps ?? [.. _spans.Select(Step)];

    /// <summary>"stop" (end token or stop string), "length" (a limit of tokens, the context, or the budget), "aborted"; null while it runs.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Ended by the request's budget rather than by itself.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Sum of the tokens' raw log-probabilities (temperature 1, before truncation), in nats.</summary>
    public double SumLogProb { get; private set; }

    /// <summary><see cref="SumLogProb"/> a token; NaN without tokens.</summary>
    public double MeanLogProb => SumLogProb / _tokens.Count;

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

    /// <summary>Samples until the candidate ends by itself or the budget cuts it.</summary>
    /// <exception cref="EngineException">The engine lost the sequence.</exception>
    internal async Task DecodeAsync(CancellationToken cancellationToken)
    {
        GenerationRequest request = _session.Request;
        int maxTokens = Math.Min(request.MaxTokens, _session.Model.ContextLength - _promptLength);
        int affordable = Math.Min(maxTokens, _session.Budget.Remaining);
        bool stopped = false;
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Budget.Token))
        {
            try
            {
                either.Token.ThrowIfCancellationRequested();
                await foreach (SampledToken token in _sequence.DecodeAsync(affordable, cancellationToken: either.Token))
                {
                    stopped = Add(token);
                    if (stopped || _session.Budget.Exhausted is not null)
                        break;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The budget ended; what was sampled stands.
            }
        }
        IsCut = !stopped && _session.Budget.Exhausted is not null && _tokens.Count < maxTokens;
        Emit(null, _decoded.Flush());
        Finish(stopped ? "stop" : "length");
        if (_session.IsTraced)
            _session.Emit(new CandidateFinished(Index, _session.Elapsed, FinishReason!, _tokens.Count));
    }

    /// <summary>Frees the row. A candidate that still runs ends as "aborted".</summary>
    internal async ValueTask DisposeAsync(string reason)
    {
        if (FinishReason is null)
        {
            Finish("aborted");
            if (_session.IsTraced)
                _session.Emit(new CandidateRejected(Index, _session.Elapsed, reason));
        }
        await _sequence.DisposeAsync();
    }

    /// <summary>Takes one token; true when it ended the text.</summary>
    private bool Add(SampledToken token)
    {
        _session.Ledger.AddSampled(_bill, _promptLength + _tokens.Count);
        _tokens.Add(token);
        SumLogProb += token.LogProb;
        bool ended = !_session.Request.IgnoreEndToken && _session.Model.EndTokens.Contains(token.Id);
        int decoded = 0;
        (string emit, bool stopped) = ended ? (_decoded.Flush(), true) : _decoded.Append(token.Id, out decoded);
        _decodedCharacters += decoded;
        _characters.Add(_decodedCharacters);
        Emit(token, emit);
        _session.Budget.Check();
        return stopped;
    }

    private void Emit(SampledToken? token, string delta)
    {
        if (token is null && delta.Length == 0)
            return;
        _builder.Append(delta);
        if (_session.IsTraced)
            _session.Emit(new TextSampled(Index, _session.Elapsed, token, delta));
        foreach (StepSpan span in _cutter.Append(delta))
            Close(span);
    }

    private void Finish(string reason)
    {
        if (_cutter.Finish() is { } last)
            Close(last);
        FinishReason = reason;
        _text = _builder.ToString();
        _steps = [.. _spans.Select(Step)];
        if (_startsPrompt)
            _session.Ledger.AddCached(_sequence.Usage.Cached);
        _session.Ledger.End(_bill, reason, _session.Elapsed, _sequence.Usage, _promptLength + _tokens.Count);
    }

    private void Close(StepSpan span)
    {
        _spans.Add(span);
        if (_session.IsTraced)
            _session.Emit(new StepEnded(Index, _session.Elapsed, _spans.Count - 1, span.Text));
    }

    private ReasoningStep Step(StepSpan span)
    {
        int first = TokenAt(span.Start), end = Math.Min(TokenAt(span.End - 1) + 1, _tokens.Count);
        // A token's value is the reward of what stood before it, so a step's comes with the token after it. The last token has none after it: its own value
        // lacks one token, and none at all when it is the end token.
        int next = Math.Min(end, _tokens.Count - 1);
        return new(span.Text, first, end, next < 0 ? double.NaN : _tokens[next].Value);
    }

    /// <summary>The token with which the character at this offset became text.</summary>
    private int TokenAt(int offset)
    {
        int index = _characters.BinarySearch(offset + 1);
        if (index < 0)
            return ~index;
        // Tokens without text repeat an offset: the first of them is the one that produced it.
        while (index > 0 && _characters[index - 1] == offset + 1)
            index--;
        return index;
    }
}
