using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Verifying;

/// <summary>Matches a regular expression (.NET's dialect). A pattern that takes too long says nothing.</summary>
[Plugin("regex", "The completion, or its final answer, matches a regular expression.")]
public sealed class RegexVerifier : IVerifier<RegexVerifierOptions>
{
    public VerifierKind Kind => VerifierKind.Reference;

    public ValueTask<Verdict> VerifyAsync(RegexVerifierOptions options, Submission submission, CancellationToken cancellationToken)
    {
        string? subject = options.Target == RegexTarget.Text ? submission.Text : submission.Answer?.Text;
        if (subject is null)
            return new(Verdict.Fail(Kind, "There is no final answer."));
        try
        {
            return new(Regex.IsMatch(subject, options.Pattern, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(options.TimeoutMs))
                ? Verdict.Pass(Kind)
                : Verdict.Fail(Kind, "The answer does not have the form that was asked for."));
        }
        catch (RegexMatchTimeoutException)
        {
            return new(Verdict.Unknown(Kind, $"The pattern took longer than {options.TimeoutMs} ms."));
        }
    }

    public PlanProblem? Check(RegexVerifierOptions options, ILanguageModel model)
    {
        try
        {
            _ = new Regex(options.Pattern);
            return null;
        }
        catch (ArgumentException e)
        {
            return new("pattern", e.Message);
        }
    }
}

public enum RegexTarget
{
    Answer,
    Text,
}

public sealed record RegexVerifierOptions : VerifierOptions
{
    [Description("The regular expression; anchor it with ^ and $ to match the whole.")]
    public required string Pattern { get; init; }

    [Description("What is matched: answer, the final answer alone, or text, the whole completion.")]
    public RegexTarget Target { get; init; } = RegexTarget.Answer;

    [Description("Milliseconds that matching may take.")]
    [Range(1, 5000)]
    public int TimeoutMs { get; init; } = 250;
}
