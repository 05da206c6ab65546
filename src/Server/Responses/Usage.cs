using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>Tokens of a request as OpenAI counts them.</summary>
public sealed record Usage(
    [property: Description("Tokens of the prompts, each counted once whatever n is.")] long PromptTokens,
    [property: Description("Every token computed beyond the prompts, those of discarded candidates and of scorers included.")] long CompletionTokens,
    [property: Description("The sum.")] long TotalTokens,
    PromptTokensDetails PromptTokensDetails);

/// <summary>Of the prompt's tokens.</summary>
public sealed record PromptTokensDetails([property: Description("Those whose keys and values were still there from an earlier request.")] long CachedTokens);
