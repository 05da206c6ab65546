using InferenceServer.Engine;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>
/// Something that happened while a request ran, in order; one event at a time reaches the listener. The endpoint streams them; strategies never log.
/// </summary>
/// <param name="Candidate">Index of the candidate in its request, from 0 in order of creation.</param>
/// <param name="Elapsed">Since the request began.</param>
public abstract record TraceEvent(int Candidate, TimeSpan Elapsed);

/// <param name="Choice">Which of the request's choices it works for; 0 unless several were asked for.</param>
public sealed record CandidateStarted(int Candidate, TimeSpan Elapsed, int Choice) : TraceEvent(Candidate, Elapsed)
{
    /// <summary>The candidate that it was forked from; null when it begins at the prompt.</summary>
    public int? Parent { get; init; }

    /// <summary>The text that it inherits.</summary>
    public string Text { get; init; } = "";

    /// <summary>Tokens of its parent that it goes on from.</summary>
    public int Inherited { get; init; }

    /// <summary>What the model was asked, as tokens.</summary>
    public ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>The random stream that it draws from; null when it never says anything.</summary>
    public ulong? Stream { get; init; }
}

/// <summary>
/// A token and the text that became certain with it (possibly none: half a character, or the beginning of a stop string). Without a token, text that was held
/// back until the candidate ended.
/// </summary>
public sealed record TextSampled(int Candidate, TimeSpan Elapsed, SampledToken? Token, string Delta) : TraceEvent(Candidate, Elapsed);

/// <summary>A strategy wrote into the candidate.</summary>
/// <param name="Tokens">How many tokens.</param>
/// <param name="Delta">Their text.</param>
/// <param name="Ids">The tokens.</param>
public sealed record TextForced(int Candidate, TimeSpan Elapsed, int Tokens, string Delta, IReadOnlyList<int> Ids) : TraceEvent(Candidate, Elapsed);

/// <summary>A candidate's tail was taken back; if it had ended, it goes on.</summary>
/// <param name="Tokens">Tokens that are left.</param>
/// <param name="Text">The text that is left.</param>
public sealed record CandidateRewound(int Candidate, TimeSpan Elapsed, int Tokens, string Text) : TraceEvent(Candidate, Elapsed);

/// <summary>A reasoning step was completed.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Text">Its text, delimiter excluded.</param>
public sealed record StepEnded(int Candidate, TimeSpan Elapsed, int Step, string Text) : TraceEvent(Candidate, Elapsed);

/// <summary>A scorer judged a candidate; NaN when it could not.</summary>
public sealed record CandidateScored(int Candidate, TimeSpan Elapsed, string Scorer, double Score) : TraceEvent(Candidate, Elapsed);

/// <summary>A candidate's text was verified.</summary>
/// <param name="Verifier">The plug-in's name.</param>
/// <param name="Outcome">What it says.</param>
/// <param name="Feedback">What is wrong; empty when nothing is.</param>
public sealed record CandidateVerified(int Candidate, TimeSpan Elapsed, string Verifier, VerificationOutcome Outcome, string Feedback) : TraceEvent(Candidate, Elapsed);

/// <summary>A strategy did something that the reader of its answer should know, a fallback for instance.</summary>
public sealed record StrategyNoted(int Candidate, TimeSpan Elapsed, string Strategy, string Note) : TraceEvent(Candidate, Elapsed);

/// <summary>A candidate was given up before it ended.</summary>
public sealed record CandidateRejected(int Candidate, TimeSpan Elapsed, string Reason) : TraceEvent(Candidate, Elapsed);

public sealed record CandidateFinished(int Candidate, TimeSpan Elapsed, string FinishReason, int Tokens) : TraceEvent(Candidate, Elapsed);

/// <summary>The outermost strategy yielded an answer better than its last.</summary>
public sealed record AnswerImproved(int Candidate, TimeSpan Elapsed, string Text, double? Score) : TraceEvent(Candidate, Elapsed);
