using InferenceServer.Plugins;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Scoring;

/// <summary>What the request's verifiers say: 1 for a pass, 0 for a fail, between them when they do not know.</summary>
[Plugin("verifier", "1 if the request's verifiers pass the answer, 0 if they fail it, 0.5 if they do not know.")]
public sealed class Verified : ISelector
{
    public async ValueTask<IReadOnlyList<double?>> ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken)
    {
        var scores = new double?[answers.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            Verdict verdict = await scoring.Generation.VerifyAsync(answers[i], cancellationToken);
            scores[i] = verdict.IsPass ? 1 : verdict.IsFail ? 0 : 0.5;
        }
        return scores;
    }

    public string? Check(PlanContext plan) =>
        plan.Request.Verifiers.Count > 0 ? null : "verifier needs something to verify with; add it to the request's verifiers, such as {\"name\": \"step_arithmetic\"}.";
}
