using InferenceServer.Engine.Sampling;

namespace InferenceServer.Engine;

/// <summary>Identifies one sequence of an engine; never reused while the engine lives.</summary>
public readonly record struct SequenceId(long Value)
{
    public override string ToString() => $"seq-{Value}";
}

/// <summary>
/// A live sequence as everyone outside the engine sees it. Disposing aborts it and frees its row. Every call is a message to the engine, so a handle may be
/// used from any thread, but by one caller at a time.
/// </summary>
/// <remarks>
/// The handle's length counts what its owner has seen: the prompt, appended tokens, and the sampled tokens read from <see cref="DecodeAsync"/>. Leaving that
/// enumeration early drops the tokens that the engine had sampled ahead; they are sampled again, equal, if decoding goes on from there.
/// </remarks>
public abstract class SequenceHandle : IAsyncDisposable
{
    public abstract SequenceId Id { get; }

    /// <summary>Tokens in the sequence as seen by its owner.</summary>
    public abstract int Length { get; }

    /// <summary>Why the last decoding ended; null while it runs or when it was left early.</summary>
    public abstract FinishReason? FinishReason { get; }

    /// <summary>Names the random numbers that it draws: with the same tokens before it and the same sampling, the same stream draws the same token.</summary>
    public abstract ulong Stream { get; }

    /// <summary>What the sequence has cost so far.</summary>
    public abstract SequenceUsage Usage { get; }

    /// <summary>Samples up to <paramref name="maxTokens"/> tokens. Ends after a stop token (which is yielded), after one of <paramref name="pauseAt"/>
    /// (yielded too), at the engine's capacity, or at the limit; the sequence stays live and may be decoded again.</summary>
    /// <param name="maxTokens">At least 1.</param>
    /// <param name="pauseAt">Tokens that end this call but not the sequence, a step delimiter for instance.</param>
    /// <exception cref="SequenceAbortedException">The sequence was aborted, by its owner or by the engine.</exception>
    /// <exception cref="DecoderFailedException">The forward pass failed.</exception>
    public abstract IAsyncEnumerable<SampledToken> DecodeAsync(int maxTokens, IReadOnlyCollection<int>? pauseAt = null, CancellationToken cancellationToken = default);

    /// <summary>A new sequence with the same tokens, whose KV is copied rather than computed. The n-th fork of a handle always draws the same random stream.</summary>
    /// <param name="sampling">Other sampling than the parent's; its seed is still derived from the parent's stream.</param>
    public abstract SequenceHandle Fork(SamplingOptions? sampling = null);

    /// <summary>Adds text that the model did not write: feedback, an echo, a tool's output.</summary>
    /// <exception cref="PromptTooLongException">The sequence would outgrow the engine's capacity.</exception>
    public abstract void Append(ReadOnlySpan<int> tokens);

    /// <summary>Adds tokens that this very stream drew earlier, with what the model thought of them then: decoding goes on as if they had just been sampled. They are computed like a
    /// prompt, and billed as forced.</summary>
    /// <exception cref="PromptTooLongException">The sequence would outgrow the engine's capacity.</exception>
    public abstract void Resume(ReadOnlySpan<SampledToken> tokens);

    /// <summary>Drops everything after the first <paramref name="length"/> tokens.</summary>
    /// <param name="length">From 1 to <see cref="Length"/>.</param>
    public abstract void Rewind(int length);

    /// <summary>Log-probability, entropy and value of each token of <paramref name="continuation"/> after the sequence; the sequence itself does not change.</summary>
    public abstract ValueTask<TokenScores> ScoreAsync(ReadOnlyMemory<int> continuation, int topLogProbs = 0, CancellationToken cancellationToken = default);

    /// <summary>Ends the sequence; its row is free in the next step. A running enumeration throws <see cref="SequenceAbortedException"/> with the reason.</summary>
    public abstract void Abort(string reason);

    public abstract ValueTask DisposeAsync();
}

/// <summary>One sampled token.</summary>
/// <param name="Id">Token id.</param>
/// <param name="LogProb">Natural logarithm of its probability under the model as it is: temperature 1, before penalties and truncation.</param>
/// <param name="Entropy">Entropy in nats of that same distribution.</param>
/// <param name="Value">Process reward, from 0 to 1, of the sequence before this token; NaN without a value head. At the end token it is the reward of the whole text.</param>
/// <param name="Top">The most probable tokens at this position, best first, when <see cref="SamplingOptions.TopLogProbs"/> asked for them.</param>
public readonly record struct SampledToken(int Id, float LogProb, float Entropy, float Value, TokenLogProb[]? Top = null);

/// <summary>A token id with its natural log-probability.</summary>
public readonly record struct TokenLogProb(int Id, float LogProb);

/// <summary>Scores of given tokens, one entry a token, with the meanings of <see cref="SampledToken"/>. <see cref="EndValue"/> is the process reward after the last token.</summary>
public sealed record TokenScores(float[] LogProbs, float[] Entropies, float[] Values, float EndValue, TokenLogProb[][]? Top);

/// <summary>Why a decoding ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token was sampled.</summary>
    Stop,

    /// <summary>The limit of tokens, or the engine's capacity, was reached.</summary>
    Length,

    /// <summary>One of the caller's pause tokens was sampled.</summary>
    Pause,
}

/// <summary>Tokens of one sequence by what they cost.</summary>
/// <param name="Prompt">Tokens it started with.</param>
/// <param name="Cached">Of those, tokens whose KV was copied from another sequence or taken from the prefix cache.</param>
/// <param name="Forced">Tokens appended by the owner.</param>
/// <param name="Scored">Tokens computed only to score them.</param>
/// <param name="Sampled">Tokens sampled, those dropped later included.</param>
public readonly record struct SequenceUsage(int Prompt, int Cached, int Forced, int Scored, int Sampled);
