using InferenceServer.Engine;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>One finished choice of a request.</summary>
/// <param name="Index">Among all choices of the request.</param>
/// <param name="Prompt">The prompt that it answers.</param>
/// <param name="Answer">What the plan stands by; null when a limit came before there was any text.</param>
/// <param name="BudgetExhausted">The limit of the budget that ended its run; null when none did.</param>
public sealed record Choice(int Index, ReadOnlyMemory<int> Prompt, Answer? Answer, string? BudgetExhausted)
{
    /// <summary>Empty when no answer is given.</summary>
    public string Text => Abstention is null ? Answer?.Text ?? "" : "";

    /// <summary>stop, length or abstained.</summary>
    public string FinishReason => Answer?.FinishReason ?? "length";

    /// <summary>Why no answer is given; null when one is.</summary>
    public Abstention? Abstention => Answer?.Abstention;

    /// <summary>What the reader should know about how the answer came about; null when nothing.</summary>
    public IReadOnlyList<string>? Notes => Answer is { Notes.Count: > 0 } answer ? answer.Notes : null;

    /// <summary>Every token of the answer, an end token or the tokens of a stop string included.</summary>
    public IReadOnlyList<SampledToken> Tokens => Abstention is null ? Answer?.Candidate.Tokens ?? [] : [];
}
