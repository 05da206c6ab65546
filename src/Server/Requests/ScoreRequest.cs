using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/score: how probable is this text after that one?</summary>
public sealed record ScoreRequest
{
    [Description("Name of the served model; absent means the one there is.")]
    public string? Model { get; init; }

    [Description("The text that stands before: a string or token ids. At least one token.")]
    public required TokensOrText Prompt { get; init; }

    [Description("What is scored: a string, an array of strings, token ids, or an array of token id arrays. Each at least one token.")]
    public required TextBatch Continuation { get; init; }

    [Description("List as many of the most probable tokens at each position."), Range(0, 20)]
    public int TopLogprobs { get; init; }
}
