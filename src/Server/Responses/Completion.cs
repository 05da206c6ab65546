using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /v1/completions; with stream, each event is one too, without usage except in the last.</summary>
public sealed record Completion
{
    public required string Id { get; init; }
    public string Object => "text_completion";
    [Description("Unix seconds.")]
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required string SystemFingerprint { get; init; }
    [Description("In order of prompts; the n choices of a prompt stand together.")]
    public required IReadOnlyList<CompletionChoice> Choices { get; init; }
    public Usage? Usage { get; init; }
    [Description("The plan as it was run, defaults filled in.")]
    public JsonElement? Strategies { get; init; }
    [Description("The part that the request took in an experiment; absent when it took none.")]
    public ExperimentPart? Experiment { get; init; }
    [Description("The seed of the first choice: asked for, or drawn.")]
    public long? Seed { get; init; }
    [Description("The limit of the budget that was reached; the answers are the best so far. Absent when none was.")]
    public string? BudgetExhausted { get; init; }
    public Bill? Bill { get; init; }
    public IReadOnlyList<CandidateBody>? Candidates { get; init; }
    public IReadOnlyList<TraceBody>? Trace { get; init; }
}

public sealed record CompletionChoice(int Index, string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] CompletionLogprobs? Logprobs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason)
{
    [Description("Why no answer is given.")]
    public AbstentionBody? Abstention { get; init; }
    [Description("What a reader should know about how the answer came about, a fallback for instance.")]
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>Parallel lists, one entry a token.</summary>
/// <param name="Tokens">Their texts; a token that is no text by itself is written as bytes:\xNN.</param>
/// <param name="TokenLogprobs">Natural logarithms; null for the first token of an echoed prompt, which nothing precedes.</param>
/// <param name="TopLogprobs">The most probable tokens at each position with their log-probabilities.</param>
/// <param name="TextOffset">Where each token begins in the text, in characters (Unicode code points).</param>
public sealed record CompletionLogprobs(List<string> Tokens, List<float?> TokenLogprobs, List<Dictionary<string, float>?> TopLogprobs, List<int> TextOffset);
