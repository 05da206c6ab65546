using InferenceServer.Engine;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>One finished choice of a request.</summary>
/// <param name="Index">Among all choices of the request.</param>
/// <param name="Prompt">The prompt that it answers.</param>
/// <param name="Answer">What the plan stands by; null when a limit came before there was any text.</param>
public sealed record Choice(int Index, ReadOnlyMemory<int> Prompt, Answer? Answer)
{
    public string Text => Answer?.Text ?? "";

    /// <summary>stop or length.</summary>
    public string FinishReason => Answer?.Candidate.FinishReason is "stop" ? "stop" : "length";

    /// <summary>Every token of the answer, an end token or the tokens of a stop string included.</summary>
    public IReadOnlyList<SampledToken> Tokens => Answer?.Candidate.Tokens ?? [];
}
