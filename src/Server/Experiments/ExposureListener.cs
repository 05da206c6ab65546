using InferenceServer.Experiments;
using InferenceServer.Server.Generation;
using InferenceServer.Strategies;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Experiments;

/// <summary>Puts the outcome of each request that counts in an experiment on record, before its response ends.</summary>
public sealed class ExposureListener(ExposureStore exposures, ExperimentKeeper keeper, ExperimentRouting routing, StrategyCatalog catalog, ServedModel model) : IOutcomeListener
{
    public async ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Job.Experiment is not { Reason: null })
            return;
        var tokens = outcome.Bill.Tokens;
        var metrics = new Dictionary<string, double>
        {
            [BuiltInMetrics.Abstained] = Share(outcome.Choices, choice => choice.Abstention is not null),
            [BuiltInMetrics.Error] = 0,
            [BuiltInMetrics.Abandoned] = 0,
            [BuiltInMetrics.LatencyMs] = outcome.Elapsed.TotalMilliseconds,
            [BuiltInMetrics.Tokens] = tokens.Prompt - tokens.Cached + tokens.Answer + tokens.Discarded + tokens.Forced + tokens.Scorer,
            [BuiltInMetrics.PromptTokens] = tokens.Prompt,
            [BuiltInMetrics.CachedTokens] = tokens.Cached,
            [BuiltInMetrics.AnswerTokens] = tokens.Answer,
            [BuiltInMetrics.DiscardedTokens] = tokens.Discarded,
            [BuiltInMetrics.ForcedTokens] = tokens.Forced,
            [BuiltInMetrics.ScorerTokens] = tokens.Scorer,
            [BuiltInMetrics.Flops] = outcome.Bill.EstimatedFlops,
        };
        if (await VerifyAsync(outcome, cancellationToken) is { } verified)
            metrics[BuiltInMetrics.Verified] = verified;
        await RecordAsync(outcome.Job, metrics);
    }

    public async ValueTask UnfinishedAsync(Outcome outcome)
    {
        // A request that was refused is its caller's fault, not the arm's.
        if (outcome.Job.Experiment is not { Reason: null } || outcome.Failure is not { IsRefusal: false } failure)
            return;
        // What such a request would have cost is not known; that it failed is.
        await RecordAsync(outcome.Job, new Dictionary<string, double> { [BuiltInMetrics.Error] = failure.IsAbandoned ? 0 : 1, [BuiltInMetrics.Abandoned] = failure.IsAbandoned ? 1 : 0 });
    }

    private async ValueTask RecordAsync(GenerationJob job, Dictionary<string, double> metrics)
    {
        Participation part = job.Experiment!;
        var exposure = new Exposure(job.Identity.ResponseId, part.Arm.Name, part.Unit, part.Experiment.Phase, job.Identity.Created, job.PromptTokens, metrics) { Decision = part.Decision };
        try
        {
            // A caller who leaves now was served: the exposure has happened.
            if (await exposures.AddAsync(job.Identity.Tenant.Name, part.Experiment.Name, exposure, CancellationToken.None) is not { } number)
            {
                part.Reason = Participation.Full;
                return;
            }
            await routing.MeasuredAsync(job.Identity.Tenant, part, exposure);
            part.IsExposed = true;
            keeper.Exposed(job.Identity.Tenant, part.Experiment, number);
        }
        catch (StateUnavailableException)
        {
            part.Reason = Participation.StateUnavailable;
        }
    }

    /// <summary>The share of choices that the request's verifiers pass; null when it has none, or when they could not tell of any choice.</summary>
    private async ValueTask<double?> VerifyAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Job.Runs[0].Verifiers.Count == 0)
            return null;
        BoundVerifier[] verifiers = [.. outcome.Job.Runs[0].Verifiers.Select(catalog.Verifiers.Create)];
        int told = 0, passed = 0;
        foreach (Choice choice in outcome.Choices)
        {
            if (choice.Abstention is not null || choice.Answer is null)
            {
                told++;
                continue;
            }
            string question = Conversation.Of(outcome.Job.Runs[choice.Index / outcome.Job.Choices]).Question(model.Tokenizer);
            Verdict verdict = await VerifierPanel.VerifyAsync(verifiers, new Submission(question, choice.Text), onVerdict: null, cancellationToken);
            (told, passed) = (told + (verdict.Outcome == VerificationOutcome.Unknown ? 0 : 1), passed + (verdict.IsPass ? 1 : 0));
        }
        return told > 0 ? passed / (double)told : null;
    }

    private static double Share(IReadOnlyList<Choice> choices, Func<Choice, bool> has) => choices.Count(has) / (double)choices.Count;
}
