using System.Diagnostics;
using System.Globalization;
using InferenceServer.Engine.Sampling;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Telemetry;

/// <summary>
/// OpenTelemetry spans of a request and its candidates, made from what came of it when it ends: while it runs they cost nothing, and without a listener nothing at all. Attributes follow the semantic
/// conventions for generative AI (opentelemetry.io/docs/specs/semconv/gen-ai) where those have a name; texts are never among them.
/// </summary>
public sealed class SpanListener(ServedModel model, TimeProvider time) : IOutcomeListener
{
    public static ActivitySource Source { get; } = new("InferenceServer");

    public ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        Tell(outcome);
        return ValueTask.CompletedTask;
    }

    public ValueTask UnfinishedAsync(Outcome outcome)
    {
        Tell(outcome);
        return ValueTask.CompletedTask;
    }

    // Scores and rejections are events of the run.
    public Keep KeepOf(GenerationJob job) => Source.HasListeners() ? Keep.Recording : Keep.None;

    private void Tell(Outcome outcome)
    {
        if (!Source.HasListeners())
            return;
        DateTimeOffset end = time.GetUtcNow(), start = end - outcome.Elapsed;
        string operation = outcome.Job.Runs[0].Messages is null ? "text_completion" : "chat";
        using Activity? span = Source.StartActivity($"{operation} {model.Name}", ActivityKind.Internal, Activity.Current?.Context ?? default, startTime: start);
        if (span is null)
            return;
        Describe(span, outcome, operation);
        Bill bill = outcome.Bill;
        ILookup<(int, int), TraceBody> events = outcome.Trace.Where(happened => happened.Type is "score" or "verified" or "rejected" or "rewound" or "forced").ToLookup(happened => (happened.Choice, happened.Candidate));
        foreach (CandidateBillBody candidate in bill.Candidates)
            Tell(span, candidate, start, events[(candidate.Choice, candidate.Index)]);
        span.SetEndTime(end.UtcDateTime);
    }

    private void Describe(Activity span, Outcome outcome, string operation)
    {
        GenerationJob job = outcome.Job;
        SamplingOptions sampling = job.Runs[0].Sampling;
        Usage usage = outcome.Usage;
        BillTokens tokens = outcome.Bill.Tokens;
        span.SetTag("gen_ai.operation.name", operation);
        span.SetTag("gen_ai.provider.name", "inference_server");
        span.SetTag("gen_ai.request.model", model.Name);
        span.SetTag("gen_ai.response.model", model.Name);
        span.SetTag("gen_ai.response.id", job.Identity.ResponseId);
        span.SetTag("gen_ai.request.temperature", (double)sampling.Temperature);
        span.SetTag("gen_ai.request.top_p", (double)sampling.TopP);
        span.SetTag("gen_ai.request.top_k", sampling.TopK);
        span.SetTag("gen_ai.request.max_tokens", job.Runs[0].MaxTokens);
        span.SetTag("gen_ai.request.seed", job.Seed);
        span.SetTag("gen_ai.request.choice.count", job.TotalChoices);
        span.SetTag("gen_ai.response.finish_reasons", outcome.Choices.Select(choice => outcome.Failure?.FinishReason ?? choice.FinishReason).ToArray());
        span.SetTag("gen_ai.usage.input_tokens", usage.PromptTokens);
        span.SetTag("gen_ai.usage.output_tokens", usage.CompletionTokens);
        span.SetTag("url.path", job.Identity.Endpoint);
        span.SetTag("itc.strategies", job.Plan.EnumerateArray().Select(strategy => strategy.GetProperty("name").GetString()!).ToArray());
        span.SetTag("itc.experiment", job.Experiment?.Experiment.Name);
        span.SetTag("itc.arm", job.Experiment?.Arm.Name);
        span.SetTag("itc.tokens.answer", tokens.Answer);
        span.SetTag("itc.tokens.discarded", tokens.Discarded);
        span.SetTag("itc.tokens.forced", tokens.Forced);
        span.SetTag("itc.tokens.scorer", tokens.Scorer);
        span.SetTag("itc.tokens.cached", tokens.Cached);
        span.SetTag("itc.candidates", outcome.Recorders.Sum(recorder => recorder.Candidates.Count));
        span.SetTag("itc.rejected", outcome.Recorders.Sum(recorder => recorder.Candidates.Count(candidate => candidate.IsRejected)));
        span.SetTag("itc.budget_exhausted", outcome.BudgetExhausted);
        if (outcome.Failure is not { } failure)
            return;
        span.SetTag("error.type", failure.Code);
        span.SetStatus(ActivityStatusCode.Error, failure.Message);
    }

    private static void Tell(Activity request, CandidateBillBody candidate, DateTimeOffset start, IEnumerable<TraceBody> events)
    {
        DateTimeOffset from = start.AddMilliseconds(candidate.StartedMs);
        using Activity? span = Source.StartActivity(string.Create(CultureInfo.InvariantCulture, $"candidate {candidate.Index}"), ActivityKind.Internal, request.Context, startTime: from);
        if (span is null)
            return;
        span.SetTag("itc.candidate.index", candidate.Index);
        span.SetTag("itc.candidate.choice", candidate.Choice);
        span.SetTag("itc.candidate.parent", candidate.Parent);
        span.SetTag("itc.candidate.selected", candidate.Selected);
        span.SetTag("gen_ai.usage.output_tokens", candidate.Sampled);
        span.SetTag("gen_ai.response.finish_reasons", candidate.FinishReason is { } reason ? new[] { reason } : []);
        foreach (TraceBody happened in events)
            span.AddEvent(new ActivityEvent(happened.Type, start.AddMilliseconds(happened.ElapsedMs), new ActivityTagsCollection
            {
                ["itc.scorer"] = happened.Scorer,
                ["itc.score"] = happened.Score,
                ["itc.outcome"] = happened.Outcome,
                ["itc.tokens"] = happened.Tokens,
                // Why it was rejected; what a verifier says may quote the answer.
                ["itc.reason"] = happened.Type == "rejected" ? happened.Reason : null,
            }));
        span.SetEndTime(from.AddMilliseconds(candidate.ElapsedMs).UtcDateTime);
    }
}
