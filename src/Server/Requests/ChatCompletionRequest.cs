using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /v1/chat/completions.</summary>
[Unsupported("tools", "the model was not trained to call tools.", "[]")]
[Unsupported("tool_choice", "the model was not trained to call tools.", "\"none\"", "\"auto\"")]
[Unsupported("parallel_tool_calls", "the model was not trained to call tools.", "true", "false")]
[Unsupported("functions", "the model was not trained to call tools.", "[]")]
[Unsupported("function_call", "the model was not trained to call tools.", "\"none\"", "\"auto\"")]
[Unsupported("response_format", "answers are plain text, {\"type\":\"text\"}.", "{\"type\":\"text\"}")]
[Unsupported("modalities", "the model writes text only.", "[\"text\"]")]
[Unsupported("audio", "the model writes text only.")]
[Unsupported("prediction", "there is no speculative decoding from a given text.")]
[Unsupported("web_search_options", "the model has no access to the web.")]
[Unsupported("reasoning_effort", "say how much compute to spend with 'strategies' and 'budget'.", "\"none\"")]
[Unsupported("verbosity", "limit the length with 'max_completion_tokens'.", "\"medium\"")]
[Unsupported("service_tier", "there is one service tier.", "\"auto\"", "\"default\"")]
[Unsupported("moderation", "there is no moderation model.")]
public sealed record ChatCompletionRequest : SamplingFields
{
    [Description("The conversation so far: at least one message."), Length(1, 4096)]
    public required IReadOnlyList<MessageFields> Messages { get; init; }

    [Description("Tokens of one completion at most. Absent: as many as the context holds."), Range(1, int.MaxValue)]
    public int? MaxCompletionTokens { get; init; }

    [Description("OpenAI's older name of max_completion_tokens."), Range(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    [Description("How many choices: the plan runs once for each, with a seed of its own."), Range(1, 128)]
    public int N { get; init; } = 1;

    [Description("Return the log-probability of every token of the answer.")]
    public bool Logprobs { get; init; }

    [Description("Return as many of the most probable tokens at each position; needs logprobs."), Range(0, 20)]
    public int? TopLogprobs { get; init; }

    [Description("Only with stream.")]
    public StreamOptionsFields? StreamOptions { get; init; }

    [Description("A label of yours; accepted and not used.")]
    public string? SafetyIdentifier { get; init; }

    [Description("Accepted and not used: prompts are cached by content.")]
    public string? PromptCacheKey { get; init; }

    [Description("Keep the response, to be read again at /v1/chat/completions/{id}.")]
    public bool Store { get; init; }

    [Description("Labels of yours; returned, and kept with a stored response.")]
    public System.Text.Json.JsonElement? Metadata { get; init; }
}

/// <summary>One message.</summary>
[Unsupported("tool_calls", "the model was not trained to call tools.", "[]")]
[Unsupported("tool_call_id", "the model was not trained to call tools.")]
[Unsupported("function_call", "the model was not trained to call tools.")]
[Unsupported("audio", "the model reads text only.")]
public sealed record MessageFields
{
    [Description("system, developer (read as system), user or assistant.")]
    public required string Role { get; init; }

    [Description("The text: a string, or an array of {\"type\":\"text\",\"text\":...} parts.")]
    public required MessageContent Content { get; init; }

    [Description("Name of the participant; accepted and not shown to the model.")]
    public string? Name { get; init; }

    [Description("An assistant's earlier refusal, as the API returns it; accepted and not shown to the model.")]
    public string? Refusal { get; init; }
}

/// <summary>How a stream looks.</summary>
public sealed record StreamOptionsFields
{
    [Description("Send a last chunk without choices that carries the usage.")]
    public bool IncludeUsage { get; init; }

    [Description("Send typed events (event: candidate_started, step, score, rejected, finished, answer) between the chunks. Clients that expect OpenAI's chunks only should leave it off.")]
    public bool IncludeEvents { get; init; }
}
