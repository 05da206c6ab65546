using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /v1/completions.</summary>
[Unsupported("suffix", "the model was not trained to fill in the middle.", "\"\"")]
[Unsupported("best_of", "use \"strategies\": [{\"name\":\"best_of_n\",\"n\":...}].", "1")]
public sealed record CompletionRequest : SamplingFields
{
    [Description("A string, an array of strings, token ids, or an array of token id arrays.")]
    public required TextBatch Prompt { get; init; }

    [Description("Tokens of one completion at most; 0 is allowed with echo."), Range(0, int.MaxValue)]
    public int MaxTokens { get; init; } = 16;

    [Description("How many choices for each prompt: the plan runs once for each, with a seed of its own."), Range(1, 128)]
    public int N { get; init; } = 1;

    [Description("Return the log-probability of every token and as many of the most probable ones at each position."), Range(0, 20)]
    public int? Logprobs { get; init; }

    [Description("Put the prompt before the completion; with logprobs its tokens are scored too.")]
    public bool Echo { get; init; }

    [Description("Only with stream.")]
    public StreamOptionsFields? StreamOptions { get; init; }
}
