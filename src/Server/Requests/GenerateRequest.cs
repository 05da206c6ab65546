using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/generate. Either prompt or messages.</summary>
public sealed record GenerateRequest : SamplingFields
{
    [Description("The text to continue, or its token ids. Either this or messages.")]
    public TokensOrText? Prompt { get; init; }

    [Description("A conversation, put through the model's chat template. Either this or prompt."), Length(1, 4096)]
    public IReadOnlyList<MessageFields>? Messages { get; init; }

    [Description("Tokens of one candidate at most. Absent: as many as the context holds."), Range(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    [Description("List every token of every candidate with its log-probability, entropy and value.")]
    public bool Logprobs { get; init; }

    [Description("List as many of the most probable tokens at each position; needs logprobs."), Range(0, 20)]
    public int? TopLogprobs { get; init; }
}
