using System.Runtime.CompilerServices;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine;

/// <summary>The handle of a sequence of an <see cref="LlmEngine"/>.</summary>
internal sealed class EngineSequenceHandle(LlmEngine engine, Sequence sequence, SequenceOptions options) : SequenceHandle
{
    // What the owner has seen. The engine's own list may run ahead by the tokens that were sampled and not yet read.
    private readonly TokenLog _log = sequence.Log.Copy();
    private int _forks;
    private int _ended;

    public override SequenceId Id => sequence.Id;
    public override int Length => _log.Length;
    public override ulong Stream => sequence.Stream;
    public override FinishReason? FinishReason => _finishReason;
    private FinishReason? _finishReason;

    public override SequenceUsage Usage =>
        new(sequence.PromptLength, sequence.CachedTokens, sequence.ForcedTokens, sequence.ScoredTokens, sequence.SampledTokens);

    public override async IAsyncEnumerable<SampledToken> DecodeAsync(
        int maxTokens, IReadOnlyCollection<int>? pauseAt = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        // Room for all of it now, so that reading allocates nothing.
        _log.Reserve(Math.Min(Length + maxTokens, engine.Limits.Capacity));
        var stream = new TokenStream();
        _finishReason = null;
        engine.Post(new Command(CommandKind.Decode, sequence, maxTokens, pauseAt is null ? null : [.. pauseAt], stream));
        using var registration = cancellationToken.UnsafeRegister(static (state, token) =>
        {
            var stream = (TokenStream)state!;
            if (stream.End(null, new OperationCanceledException(token)))
                stream.Wake();
        }, stream);
        bool finished = false;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (stream.TryRead(out var token))
                {
                    _log.Add(token.Id, new(token.LogProb, token.Entropy));
                    yield return token;
                }
                else if (!await stream.WaitAsync())
                {
                    break;
                }
            }
            _finishReason = stream.FinishReason;
            finished = true;
        }
        finally
        {
            if (!finished)
                engine.Post(new Command(CommandKind.Leave, sequence, Length));
        }
    }

    public override SequenceHandle Fork(SamplingOptions? sampling = null)
    {
        var forked = sampling is null ? options : options with { Sampling = sampling };
        return engine.Start(_log.Copy(), forked, RandomStream.Fork(sequence.Stream, _forks++));
    }

    public override void Append(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty)
            return;
        if (Length + tokens.Length >= engine.Limits.Capacity)
            throw new PromptTooLongException(Length + tokens.Length, engine.Limits.Capacity);
        engine.CheckTokens(tokens);
        _log.Add(tokens);
        engine.Post(new Command(CommandKind.Append, sequence, Tokens: tokens.ToArray()));
    }

    public override void Resume(ReadOnlySpan<SampledToken> tokens)
    {
        if (Length + tokens.Length >= engine.Limits.Capacity)
            throw new PromptTooLongException(Length + tokens.Length, engine.Limits.Capacity);
        if (tokens.IsEmpty)
            return;
        foreach (SampledToken token in tokens)
            engine.CheckTokens([token.Id]);
        var log = new TokenLog([], engine.KeepsStatistics);
        foreach (SampledToken token in tokens)
        {
            TokenStatistics statistics = float.IsNaN(token.LogProb) ? TokenStatistics.Unknown : new(token.LogProb, token.Entropy);
            log.Add(token.Id, statistics);
            _log.Add(token.Id, statistics);
        }
        engine.Post(new Command(CommandKind.Append, sequence, Tokens: log.Tokens.ToArray(), Statistics: log.Statistics.ToArray()));
    }

    public override void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _log.Truncate(length);
        engine.Post(new Command(CommandKind.Rewind, sequence, length));
    }

    public override async ValueTask<TokenScores> ScoreAsync(ReadOnlyMemory<int> continuation, int topLogProbs = 0, CancellationToken cancellationToken = default)
    {
        if (continuation.IsEmpty)
            throw new ArgumentException("There is nothing to score.", nameof(continuation));
        if (Length + continuation.Length > engine.Limits.Capacity)
            throw new PromptTooLongException(Length + continuation.Length, engine.Limits.Capacity);
        engine.CheckTokens(continuation.Span);
        var score = new ScoreRequest(continuation.ToArray(), topLogProbs);
        engine.Post(new Command(CommandKind.Score, sequence, Score: score));
        using var registration = cancellationToken.UnsafeRegister((_, token) =>
        {
            score.Cancel(token);
            engine.Post(new Command(CommandKind.CancelScore, sequence, Score: score));
        }, null);
        return await score.Task;
    }

    public override void Abort(string reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            engine.Post(new Command(CommandKind.End, sequence, Reason: reason));
    }

    public override ValueTask DisposeAsync()
    {
        Abort("its owner disposed of it");
        return ValueTask.CompletedTask;
    }
}
