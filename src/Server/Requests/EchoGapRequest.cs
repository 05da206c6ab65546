using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/diagnostics/echo-gap. Either prompt or messages.</summary>
public sealed record EchoGapRequest
{
    [Description("Name of the served model; absent means the one there is.")]
    public string? Model { get; init; }

    [Description("The question as plain text. Either this or messages.")]
    public string? Prompt { get; init; }

    [Description("The conversation that was answered; its last user message is the question. Either this or prompt."), Length(1, 4096)]
    public IReadOnlyList<MessageFields>? Messages { get; init; }

    [Description("What was answered: the reasoning, with the echo of the question that it may begin with.")]
    public required string Completion { get; init; }
}
