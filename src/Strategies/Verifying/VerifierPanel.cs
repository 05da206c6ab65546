using InferenceServer.Engine;

namespace InferenceServer.Strategies.Verifying;

/// <summary>Several verifiers as one.</summary>
public static class VerifierPanel
{
    /// <summary>
    /// Asks in order of strength, recomputation and references before judges, and stops at the first that fails the answer. It passes when all pass; otherwise
    /// nobody knows.
    /// </summary>
    /// <param name="verifiers">At least one.</param>
    /// <param name="submission">What is verified.</param>
    /// <param name="onVerdict">Hears each verdict.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<Verdict> VerifyAsync(
        IReadOnlyList<BoundVerifier> verifiers, Submission submission, Action<BoundVerifier, Verdict>? onVerdict, CancellationToken cancellationToken)
    {
        Verdict? unknown = null;
        VerifierKind weakest = VerifierKind.Executable;
        double? quality = null;
        foreach (BoundVerifier verifier in verifiers.OrderBy(verifier => verifier.Kind))
        {
            Verdict verdict = await AskAsync(verifier, submission, cancellationToken);
            onVerdict?.Invoke(verifier, verdict);
            if (verdict.IsFail)
                return verdict;
            if (!verdict.IsPass)
                unknown ??= verdict;
            quality ??= verdict.Quality;
            weakest = verdict.VerifierKind > weakest ? verdict.VerifierKind : weakest;
        }
        return unknown ?? Verdict.Pass(weakest) with { Quality = quality };
    }

    /// <summary>A verifier with a defect says nothing about the answer, and must not cost the request.</summary>
    private static async ValueTask<Verdict> AskAsync(BoundVerifier verifier, Submission submission, CancellationToken cancellationToken)
    {
        try
        {
            return await verifier.VerifyAsync(submission, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EngineException))
        {
            return Verdict.Unknown(verifier.Kind, $"The verifier {verifier.Name} failed: {e.Message}");
        }
    }
}
