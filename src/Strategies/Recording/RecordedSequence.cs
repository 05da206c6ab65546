using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Strategies.Recording;

/// <summary>A sequence that is read from a recording as far as that goes. The first time that something else is asked of it, a live one takes over what was read.</summary>
internal sealed class RecordedSequence(RecordedModel model, int[] prompt, SequenceOptions options, ulong stream, List<SampledToken> tokens) : SequenceHandle
{
    private readonly RecordedCandidate? _recording = model.Find(stream, prompt, options);
    private SequenceHandle? _live;
    private FinishReason? _finishReason;
    private int _forks, _served, _forced;

    public override SequenceId Id => _live?.Id ?? default;
    public override int Length => prompt.Length + tokens.Count;
    public override FinishReason? FinishReason => _finishReason;
    public override ulong Stream => stream;

    /// <summary>What was served counts as sampled: the bill says what the plan costs. A prompt that no live sequence has computed counts as cached.</summary>
    public override SequenceUsage Usage
    {
        get
        {
            SequenceUsage live = _live?.Usage ?? default;
            return new(prompt.Length, _live is null ? prompt.Length : live.Cached, _forced, live.Scored, _served + live.Sampled);
        }
    }

    public override async IAsyncEnumerable<SampledToken> DecodeAsync(
        int maxTokens, IReadOnlyCollection<int>? pauseAt = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        _finishReason = null;
        bool onRecord = IsOnRecord();
        int read = 0;
        for (; onRecord && read < maxTokens && tokens.Count < _recording!.Tokens.Count && Length < model.ContextLength; read++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SampledToken token = _recording.Tokens[tokens.Count];
            // Where a strategy wrote then, it asks for a token of the model's now.
            if (float.IsNaN(token.LogProb))
                break;
            tokens.Add(token);
            _served++;
            model.Reused(stream);
            // Before the token is read: its reader may leave with it.
            _finishReason = options.StopTokens.Contains(token.Id) ? Engine.FinishReason.Stop : pauseAt?.Contains(token.Id) == true ? Engine.FinishReason.Pause : null;
            yield return token;
            if (_finishReason is not null)
                yield break;
        }
        if (read == maxTokens || Length >= model.ContextLength)
        {
            _finishReason = Engine.FinishReason.Length;
            yield break;
        }
        SequenceHandle live = Live();
        await foreach (SampledToken token in live.DecodeAsync(maxTokens - read, pauseAt, cancellationToken))
        {
            tokens.Add(token);
            yield return token;
        }
        _finishReason = live.FinishReason;
    }

    /// <summary>Its stream may be on record too. A live one finds what both have in common among the engine's keys and values.</summary>
    public override SequenceHandle Fork(SamplingOptions? sampling = null) =>
        new RecordedSequence(model, prompt, sampling is null ? options : options with { Sampling = sampling }, RandomStream.Fork(stream, _forks++), [.. tokens]);

    public override void Append(ReadOnlySpan<int> appended)
    {
        if (Length + appended.Length >= model.ContextLength)
            throw new PromptTooLongException(Length + appended.Length, model.ContextLength);
        foreach (int id in appended)
            tokens.Add(new(id, float.NaN, float.NaN, float.NaN));
        _forced += appended.Length;
    }

    public override void Resume(ReadOnlySpan<SampledToken> resumed)
    {
        if (Length + resumed.Length >= model.ContextLength)
            throw new PromptTooLongException(Length + resumed.Length, model.ContextLength);
        tokens.AddRange(resumed);
    }

    public override void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, prompt.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        tokens.RemoveRange(length - prompt.Length, Length - length);
        if (_live?.Length > length)
            _live.Rewind(length);
    }

    public override ValueTask<TokenScores> ScoreAsync(ReadOnlyMemory<int> continuation, int topLogProbs = 0, CancellationToken cancellationToken = default) =>
        Live().ScoreAsync(continuation, topLogProbs, cancellationToken);

    public override void Abort(string reason) => _live?.Abort(reason);

    public override ValueTask DisposeAsync() => _live?.DisposeAsync() ?? ValueTask.CompletedTask;

    private bool IsOnRecord() => _recording is { } recording && recording.Tokens.Count >= tokens.Count
        && tokens.Select(token => token.Id).SequenceEqual(recording.Tokens.Take(tokens.Count).Select(token => token.Id));

    /// <summary>The live sequence, brought to where this one stands.</summary>
    private SequenceHandle Live()
    {
        _live ??= model.StartLive(prompt, options with { Stream = stream });
        int known = _live.Length - prompt.Length;
        if (known < tokens.Count)
            _live.Resume(CollectionsMarshal.AsSpan(tokens)[known..]);
        return _live;
    }
}
