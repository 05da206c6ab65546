using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>Something that happened while a request ran, in order. The endpoint streams them; strategies never log.</summary>
/// <param name="Candidate">Index of the candidate in its request, from 0 in order of creation.</param>
/// <param name="Elapsed">Since the request began.</param>
public abstract record TraceEvent(int Candidate, TimeSpan Elapsed);

public sealed record CandidateStarted(int Candidate, TimeSpan Elapsed, int? Parent) : TraceEvent(Candidate, Elapsed);

/// <summary>A token and the text that became certain with it (possibly none: half a character, or the beginning of a stop string).</summary>
public sealed record TextSampled(int Candidate, TimeSpan Elapsed, SampledToken Token, string Delta) : TraceEvent(Candidate, Elapsed);

/// <summary>A reasoning step was completed.</summary>
public sealed record StepEnded(int Candidate, TimeSpan Elapsed, int Step, string Text) : TraceEvent(Candidate, Elapsed);

public sealed record CandidateScored(int Candidate, TimeSpan Elapsed, string Scorer, double Score) : TraceEvent(Candidate, Elapsed);

public sealed record CandidateRejected(int Candidate, TimeSpan Elapsed, string Reason) : TraceEvent(Candidate, Elapsed);

public sealed record CandidateFinished(int Candidate, TimeSpan Elapsed, string FinishReason, int Tokens) : TraceEvent(Candidate, Elapsed);

/// <summary>A strategy yielded an answer better than the last.</summary>
public sealed record AnswerImproved(int Candidate, TimeSpan Elapsed, string Text, double? Score) : TraceEvent(Candidate, Elapsed);
