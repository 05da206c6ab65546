using System.ComponentModel;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Verifying;

/// <summary>Checks that the final answer names one of the choices, and the right one if that is given.</summary>
[Plugin("choice", "The final answer is one of the choices.")]
public sealed class ChoiceVerifier : IVerifier<ChoiceOptions>
{
    public VerifierKind Kind => VerifierKind.Reference;

    public ValueTask<Verdict> VerifyAsync(ChoiceOptions options, Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Answer is not { } answer)
            return new(Verdict.Fail(Kind, "There is no final answer."));
        string? chosen = options.Choices.FirstOrDefault(choice => Names(answer, choice));
        if (chosen is null)
            return new(Verdict.Fail(Kind, $"The final answer is none of {string.Join(", ", options.Choices)}."));
        return new(options.Reference is null || chosen == options.Reference ? Verdict.Pass(Kind) : Verdict.Fail(Kind, "The final answer is the wrong choice."));
    }

    public PlanProblem? Check(ChoiceOptions options, ILanguageModel model) =>
        options.Choices.Count < 2 ? new("choices", "needs at least two choices.")
        : options.Reference is { } reference && !options.Choices.Contains(reference) ? new("reference", "must be one of the choices.")
        : null;

    /// <summary>"B", "(B)", "b." and "B) 12" all name B.</summary>
    private static bool Names(ExtractedAnswer answer, string choice)
    {
        if (AnswerEquality.Matches(answer, choice))
            return true;
        string text = answer.Text.TrimStart('(', '[', ' ');
        return text.StartsWith(choice, StringComparison.OrdinalIgnoreCase) && (text.Length == choice.Length || text[choice.Length] is ')' or ']' or '.' or ':');
    }
}

public sealed record ChoiceOptions : VerifierOptions
{
    [Description("What the answer may be, [\"A\", \"B\", \"C\"] for instance.")]
    public required IReadOnlyList<string> Choices { get; init; }

    [Description("The right choice; null to accept any of them.")]
    public string? Reference { get; init; }
}
