using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Responses;

/// <summary>What is said first of a request that has run.</summary>
public abstract record TraceHead
{
    [Description("The response's id.")]
    public required string Id { get; init; }
    [Description("Unix seconds.")]
    public required long Created { get; init; }
    public required string Endpoint { get; init; }
    public required string Model { get; init; }
    [Description("The experiment that it took part in; absent when in none.")]
    public string? Experiment { get; init; }
    [Description("The arm that it was given.")]
    public string? Arm { get; init; }
    [Description("The trace that this request replayed; absent when it replayed none.")]
    public string? ReplayOf { get; init; }
    [Description("Names of the plan's strategies, outermost first.")]
    public required IReadOnlyList<string> Strategies { get; init; }
    [Description("The beginning of the last user message, or of the prompt; absent when redacted.")]
    public string? Question { get; init; }
    [Description("The beginning of the first choice's text; absent when redacted, or when there is none.")]
    public string? Answer { get; init; }
    [Description("stop, length or abstained; error or aborted when it did not run to its end.")]
    public required string FinishReason { get; init; }
    [Description("What the strategy judged the answer by.")]
    public double? Score { get; init; }
    public required long PromptTokens { get; init; }
    [Description("Every token computed beyond the prompt.")]
    public required long CompletionTokens { get; init; }
    public required double ElapsedMs { get; init; }
    [Description("How many of them were given up.")]
    public required int Rejected { get; init; }
    [Description("What the request was answered with instead of an answer: a code of docs/api.md's errors, or aborted.")]
    public string? Error { get; init; }
}

/// <summary>A request that has run, in one line.</summary>
public sealed record TraceSummary : TraceHead
{
    [Description("How many candidates it had.")]
    public required int Candidates { get; init; }
}

/// <summary>Answer of GET /api/traces.</summary>
public sealed record TraceList([property: Description("The newest first.")] IReadOnlyList<TraceSummary> Data, [property: Description("Whether there are older ones: ask again with before.")] bool HasMore);

/// <summary>What was asked, as far as it decides what is generated.</summary>
public sealed record TracedRequest
{
    [Description("The conversation; absent for a plain prompt, or when redacted.")]
    public IReadOnlyList<TracedMessage>? Messages { get; init; }
    [Description("The prompt as text; absent for a conversation, or when redacted.")]
    public string? Prompt { get; init; }
    [Description("All of them, when there were several.")]
    public IReadOnlyList<string>? Prompts { get; init; }
    [Description("Whether texts and tokens were left out.")]
    public required bool Redacted { get; init; }
    public required TracedSampling Sampling { get; init; }
    [Description("Tokens of one candidate at most.")]
    public required int MaxTokens { get; init; }
    [Description("Choices for each prompt.")]
    public required int N { get; init; }
    public IReadOnlyList<string>? Stop { get; init; }
    public bool IgnoreEos { get; init; }
    [Description("As they were given; absent when redacted: they hold right answers.")]
    public JsonElement? Verifiers { get; init; }
    public TracedBudget? Budget { get; init; }
}

public sealed record TracedMessage(string Role, string Content);

/// <summary>How tokens were drawn.</summary>
public sealed record TracedSampling(
    float Temperature, float TopP, int TopK, float MinP, float FrequencyPenalty, float PresencePenalty, float RepetitionPenalty, IReadOnlyDictionary<int, float>? LogitBias);

public sealed record TracedBudget(int? MaxTotalTokens, double? MaxFlops, double? DeadlineMs);

/// <summary>Answer of GET /api/traces/{id}.</summary>
public sealed record TraceDetail : TraceHead
{
    public required TracedRequest Request { get; init; }
    [Description("The plan as it was run, defaults filled in.")]
    public required JsonElement Plan { get; init; }
    public required long Seed { get; init; }
    [Description("The model's files, format and device; the same seed gives the same tokens as long as it is the same.")]
    public required string SystemFingerprint { get; init; }
    [Description("Every candidate, token by token.")]
    public required IReadOnlyList<TracedCandidateBody> Candidates { get; init; }
    [Description("What happened between the tokens, as in include: [\"trace\"], without the text events.")]
    public required IReadOnlyList<TraceBody> Events { get; init; }
    public required Bill Bill { get; init; }
    public required Usage Usage { get; init; }
    [Description("What was said about the answer later; absent when nothing was.")]
    public IReadOnlyList<TracedFeedback>? Feedback { get; init; }
    [Description("The same request under its shadow plan; absent when it had none or it has not run yet.")]
    public ShadowBody? Shadow { get; init; }
}

/// <summary>One candidate of a trace.</summary>
public sealed record TracedCandidateBody(
    int Choice, int Index,
    [property: Description("Absent when redacted.")] string? Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason,
    bool Selected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Score,
    [property: Description("Sampled tokens.")] int TokenCount,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? MeanLogprob,
    [property: Description("The candidate that it was forked from; null when it began at the prompt."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Parent,
    [property: Description("Of its tokens, those that it was forked with.")] int Inherited,
    [property: Description("When it was given up, since its run began; absent when it was not.")] double? RejectedAtMs,
    [property: Description("How many tokens it had then.")] int? RejectedAtToken,
    [property: Description("What stands after the prompt.")] IReadOnlyList<TracedTokenBody> Tokens);

/// <summary>One token of a trace.</summary>
public sealed record TracedTokenBody(
    [property: Description("Its text; absent when redacted, or when the server has another tokenizer by now.")] string? Token,
    [property: Description("Its id; absent when redacted.")] int? Id,
    [property: Description("Absent for a token that a strategy wrote.")] float? Logprob,
    float? Entropy,
    [property: Description("Process reward of the text before it; absent without a value head.")] float? Value,
    [property: Description("Since its run began.")] double ElapsedMs);

/// <summary>Something that was said about an answer.</summary>
public sealed record TracedFeedback(string Name, double Value, long Created);

/// <summary>What the shadow plan made of a request.</summary>
public sealed record ShadowBody
{
    [Description("done or failed.")]
    public required string Status { get; init; }
    [Description("The plan as it was run, defaults filled in.")]
    public required JsonElement Plan { get; init; }
    [Description("Absent when redacted, or when there is none.")]
    public string? Answer { get; init; }
    public string? FinishReason { get; init; }
    public double? Score { get; init; }
    [Description("Every token beyond the prompt, those of the served plan's candidates included.")]
    public long CompletionTokens { get; init; }
    [Description("Of those, tokens that the served plan had computed already.")]
    public long ReusedTokens { get; init; }
    [Description("From when it began, the time that it gave way to others included.")]
    public double ElapsedMs { get; init; }
    [Description("Whether its final answer is the served one's; absent when one of them has none.")]
    public bool? Agrees { get; init; }
    [Description("Why it failed.")]
    public string? Reason { get; init; }
}
