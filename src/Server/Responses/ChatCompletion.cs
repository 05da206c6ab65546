using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /v1/chat/completions.</summary>
public sealed record ChatCompletion
{
    public required string Id { get; init; }
    public string Object => "chat.completion";
    [Description("Unix seconds.")]
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required string SystemFingerprint { get; init; }
    public required IReadOnlyList<ChatChoice> Choices { get; init; }
    public required Usage Usage { get; init; }
    [Description("The plan as it was run, defaults filled in.")]
    public required JsonElement Strategies { get; init; }
    [Description("The part that the request took in an experiment; absent when it took none.")]
    public ExperimentPart? Experiment { get; init; }
    [Description("The seed of the first choice: asked for, or drawn.")]
    public required long Seed { get; init; }
    [Description("The limit of the budget that was reached; the answers are the best so far. Absent when none was.")]
    public string? BudgetExhausted { get; init; }
    [Description("Labels of the request, when it gave some.")]
    public JsonElement? Metadata { get; init; }
    [Description("Whether the response was kept, when \"store\" asked for it.")]
    public bool? Stored { get; init; }
    public Bill? Bill { get; init; }
    public IReadOnlyList<CandidateBody>? Candidates { get; init; }
    public IReadOnlyList<TraceBody>? Trace { get; init; }
}

public sealed record ChatChoice(int Index, AssistantMessage Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChatLogprobs? Logprobs,
    [property: Description("stop: the model ended or a stop string came; length: the limit of tokens, the context or the budget was reached; abstained: no answer is given.")] string FinishReason)
{
    [Description("Why no answer is given.")]
    public AbstentionBody? Abstention { get; init; }
    [Description("What a reader should know about how the answer came about, a fallback for instance.")]
    public IReadOnlyList<string>? Notes { get; init; }
}

public sealed record AssistantMessage([property: JsonIgnore(Condition = JsonIgnoreCondition.Never), Description("Null when no answer is given.")] string? Content)
{
    public string Role => "assistant";
    [Description("Why no answer is given, for OpenAI clients.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; init; }
}

public sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; init; }
}

/// <summary>One token of an answer.</summary>
/// <param name="Token">Its text; half a character is shown as U+FFFD.</param>
/// <param name="Logprob">Natural logarithm, at temperature 1, before penalties and truncation.</param>
/// <param name="Bytes">Its UTF-8 bytes.</param>
/// <param name="TopLogprobs">The most probable tokens at this position, best first.</param>
public sealed record ChatTokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs);

public sealed record ChatTopLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes);

/// <summary>One event of a streamed chat completion.</summary>
public sealed record ChatCompletionChunk
{
    public required string Id { get; init; }
    public string Object => "chat.completion.chunk";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required string SystemFingerprint { get; init; }
    public required IReadOnlyList<ChatChunkChoice> Choices { get; init; }
    public Usage? Usage { get; init; }
    public JsonElement? Strategies { get; init; }
    public ExperimentPart? Experiment { get; init; }
    public long? Seed { get; init; }
    public string? BudgetExhausted { get; init; }
    public bool? Stored { get; init; }
    public Bill? Bill { get; init; }
    public IReadOnlyList<CandidateBody>? Candidates { get; init; }
    public IReadOnlyList<TraceBody>? Trace { get; init; }
}

public sealed record ChatChunkChoice(int Index, ChatDelta Delta,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChatLogprobs? Logprobs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason)
{
    public AbstentionBody? Abstention { get; init; }
    public IReadOnlyList<string>? Notes { get; init; }
}

public sealed record ChatDelta(string? Role, string? Content)
{
    public string? Refusal { get; init; }
}
