using InferenceServer.Experiments;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Traces;

/// <summary>A stored trace as the API shows it: with the texts of its tokens, as long as the server has their tokenizer.</summary>
public sealed class TraceView(ServedModel model, TraceBuilder builder)
{
    public TraceDetail Of(StoredTrace trace, ShadowBody? shadow, RequestLabels? labels)
    {
        TraceSummary summary = trace.Summary;
        bool readable = builder.Understands(trace);
        return new()
        {
            Id = summary.Id,
            Created = summary.Created,
            Endpoint = summary.Endpoint,
            Model = summary.Model,
            Experiment = summary.Experiment,
            Arm = summary.Arm,
            ReplayOf = summary.ReplayOf,
            Strategies = summary.Strategies,
            Question = summary.Question,
            Answer = summary.Answer,
            FinishReason = summary.FinishReason,
            Score = summary.Score,
            PromptTokens = summary.PromptTokens,
            CompletionTokens = summary.CompletionTokens,
            ElapsedMs = summary.ElapsedMs,
            Rejected = summary.Rejected,
            Error = summary.Error,
            Request = trace.Request,
            Plan = trace.Plan,
            Seed = trace.Seed,
            SystemFingerprint = trace.Fingerprint,
            Candidates = [.. trace.Candidates.Select(candidate => Of(candidate, trace.Request.Redacted, readable))],
            Events = trace.Events,
            Bill = trace.Bill,
            Usage = trace.Usage,
            Feedback = labels is { Labels.Count: > 0 } ? [.. labels.Labels.Select(label => new TracedFeedback(label.Key, label.Value.Value, label.Value.Created.ToUnixTimeSeconds()))] : null,
            Shadow = shadow,
        };
    }

    private TracedCandidateBody Of(StoredCandidate candidate, bool redacted, bool readable)
    {
        (CandidateBody body, TokenColumns tokens) = (candidate.Body, candidate.Tokens);
        var listed = new TracedTokenBody[tokens.Count];
        for (int i = 0; i < listed.Length; i++)
        {
            int? id = redacted ? null : tokens.Ids[i];
            float logprob = tokens.LogProbs[i];
            listed[i] = new(
                readable && id is { } token ? model.TokenTexts[token].Text : null,
                id,
                float.IsNaN(logprob) ? null : JsonFloat.LogProb(logprob),
                JsonFloat.OrNull(tokens.Entropies[i]),
                JsonFloat.OrNull(tokens.Values[i]),
                Math.Round(tokens.Milliseconds[i], 2));
        }
        return new(body.Choice, body.Index, redacted ? null : body.Text, body.FinishReason, body.Selected, body.Score, body.TokenCount, body.MeanLogprob,
            candidate.Parent, candidate.Inherited, candidate.RejectedAtMs, candidate.RejectedAtToken, listed);
    }
}
