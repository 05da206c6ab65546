using System.ComponentModel;
using System.Text.Json;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Responses;

/// <summary>Something that happened while a request ran; the members that are there depend on the type.</summary>
public sealed record TraceBody
{
    [Description("candidate_started, text, forced, rewound, step, score, verified, note, rejected, finished or answer.")]
    public required string Type { get; init; }
    [Description("The choice whose run it belongs to.")]
    public required int Choice { get; init; }
    [Description("Index of the candidate in that run.")]
    public required int Candidate { get; init; }
    [Description("Milliseconds since that run began.")]
    public required double ElapsedMs { get; init; }
    [Description("text: what became certain with this token; forced: what a strategy wrote; rewound: what is left; candidate_started: what a fork inherits; step: the step; note: the note; answer: the answer so far.")]
    public string? Text { get; init; }
    [Description("text: the token's id.")]
    public int? Token { get; init; }
    [Description("text: the token's log-probability.")]
    public float? Logprob { get; init; }
    [Description("text: entropy in nats at this position.")]
    public float? Entropy { get; init; }
    [Description("text: process reward of the text before this token.")]
    public float? Value { get; init; }
    [Description("step: its number, from 0.")]
    public int? Step { get; init; }
    [Description("candidate_started: the candidate that it was forked from.")]
    public int? Parent { get; init; }
    [Description("verified: pass, fail or unknown.")]
    public string? Outcome { get; init; }
    [Description("score, verified: who judged; note: the strategy.")]
    public string? Scorer { get; init; }
    [Description("score, answer: the higher the better.")]
    public double? Score { get; init; }
    [Description("rejected, finished: why; verified: what is wrong.")]
    public string? Reason { get; init; }
    [Description("finished: sampled tokens; forced: tokens written; rewound: tokens left.")]
    public int? Tokens { get; init; }

    public static TraceBody From(int choice, TraceEvent trace)
    {
        var body = new TraceBody { Type = TypeOf(trace), Choice = choice, Candidate = trace.Candidate, ElapsedMs = Math.Round(trace.Elapsed.TotalMilliseconds, 3) };
        return trace switch
        {
            CandidateStarted started => body with { Parent = started.Parent, Text = started.Parent is null ? null : started.Text },
            TextForced forced => body with { Tokens = forced.Tokens, Text = forced.Delta },
            CandidateRewound rewound => body with { Tokens = rewound.Tokens, Text = rewound.Text },
            CandidateVerified verified => body with { Scorer = verified.Verifier, Outcome = JsonNamingPolicy.SnakeCaseLower.ConvertName(verified.Outcome.ToString()), Reason = verified.Feedback },
            StrategyNoted noted => body with { Scorer = noted.Strategy, Text = noted.Note },
            TextSampled text => body with
            {
                Text = text.Delta,
                Token = text.Token?.Id,
                Logprob = text.Token is { } sampled ? JsonFloat.LogProb(sampled.LogProb) : null,
                Entropy = JsonFloat.OrNull(text.Token?.Entropy),
                Value = JsonFloat.OrNull(text.Token?.Value),
            },
            StepEnded step => body with { Step = step.Step, Text = step.Text },
            CandidateScored scored => body with { Scorer = scored.Scorer, Score = JsonFloat.OrNull(scored.Score) },
            CandidateRejected rejected => body with { Reason = rejected.Reason },
            CandidateFinished finished => body with { Reason = finished.FinishReason, Tokens = finished.Tokens },
            AnswerImproved answer => body with { Text = answer.Text, Score = JsonFloat.OrNull(answer.Score) },
            _ => body,
        };
    }

    private static string TypeOf(TraceEvent trace) => trace switch
    {
        CandidateStarted => "candidate_started",
        TextForced => "forced",
        CandidateRewound => "rewound",
        CandidateVerified => "verified",
        StrategyNoted => "note",
        TextSampled => "text",
        StepEnded => "step",
        CandidateScored => "score",
        CandidateRejected => "rejected",
        CandidateFinished => "finished",
        AnswerImproved => "answer",
        _ => "other",
    };
}
