using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Verifying;

/// <summary>Compares the final answer with the reference: as numbers if both are, else as texts.</summary>
[Plugin("numeric", "The final answer equals the reference.")]
public sealed class NumericVerifier : IVerifier<NumericOptions>
{
    public VerifierKind Kind => VerifierKind.Reference;

    public ValueTask<Verdict> VerifyAsync(NumericOptions options, Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Answer is not { } answer)
            return new(Verdict.Fail(Kind, "There is no final answer."));
        ExtractedAnswer reference = AnswerNormalizer.Normalize(options.Reference);
        bool same = AnswerEquality.Same(answer, reference)
            || (answer.Number is double a && reference.Number is double b && Math.Abs(a - b) <= options.Tolerance);
        return new(same ? Verdict.Pass(Kind) : Verdict.Fail(Kind, "The final answer is wrong."));
    }
}

public sealed record NumericOptions : VerifierOptions
{
    [Description("The right answer: a number, fraction, percentage or amount, or a text.")]
    public required string Reference { get; init; }

    [Description("How far from the reference a number may be; equal up to rounding unless given.")]
    [Range(0.0, 1e12)]
    public double Tolerance { get; init; }
}
