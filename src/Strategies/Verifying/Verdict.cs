namespace InferenceServer.Strategies.Verifying;

/// <summary>What a verification says.</summary>
public enum VerificationOutcome
{
    Pass,
    Fail,

    /// <summary>It could not tell: nothing to check, or the check itself went wrong. Never read it as a pass or as a fail.</summary>
    Unknown,
}

/// <summary>What a verdict rests on, the strongest first.</summary>
public enum VerifierKind
{
    /// <summary>The answer was run, or recomputed.</summary>
    Executable,

    /// <summary>The answer was compared with the right one, or with a rule, given in the request.</summary>
    Reference,

    /// <summary>A model was asked.</summary>
    Judge,
}

/// <summary>A verifier's word on one answer.</summary>
/// <param name="Outcome">Pass, fail or unknown.</param>
/// <param name="VerifierKind">What it rests on; of several verifiers, the weakest that was needed.</param>
/// <param name="Feedback">What is wrong, or why it could not tell, in a sentence for the model or a person; empty for a pass. It never holds the right answer.</param>
public sealed record Verdict(VerificationOutcome Outcome, VerifierKind VerifierKind, string Feedback)
{
    /// <summary>The first wrong step, from 1, where the verifier knows it.</summary>
    public int? Step { get; init; }

    /// <summary>How good the answer is beyond being right, the higher the better, where the verifier measures it: a speed-up for instance.</summary>
    public double? Quality { get; init; }

    public bool IsPass => Outcome == VerificationOutcome.Pass;
    public bool IsFail => Outcome == VerificationOutcome.Fail;

    public static Verdict Pass(VerifierKind kind) => new(VerificationOutcome.Pass, kind, "");
    public static Verdict Fail(VerifierKind kind, string feedback) => new(VerificationOutcome.Fail, kind, feedback);
    public static Verdict Unknown(VerifierKind kind, string reason) => new(VerificationOutcome.Unknown, kind, reason);
}
