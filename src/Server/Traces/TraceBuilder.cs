using System.Globalization;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Responses;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Recording;

namespace InferenceServer.Server.Traces;

/// <summary>Makes a trace of what came of a request. Redaction happens here: what is left out is never stored.</summary>
public sealed class TraceBuilder(ServedModel model, ServerOptions options)
{
    private const int QuestionLength = 200, AnswerLength = 500;

    private readonly string _tokenizer = TokenizerDigest.Of(model.Tokenizer);

    public StoredTrace Build(Outcome outcome)
    {
        GenerationJob job = outcome.Job;
        bool redact = options.TracesRedact;
        IReadOnlyList<CandidateBody> bodies = outcome.Candidates(null);
        var candidates = new List<StoredCandidate>(bodies.Count);
        for (int run = 0; run < outcome.Recorders.Count; run++)
        {
            Dictionary<int, RecordedCandidate> recorded = outcome.Recorders[run].Recording?.Candidates.ToDictionary(candidate => candidate.Index) ?? [];
            foreach (CandidateRecord candidate in outcome.Recorders[run].Candidates)
                candidates.Add(Of(run, bodies[candidates.Count], recorded.GetValueOrDefault(candidate.Index), job.Runs[run].Prompt, redact));
        }
        Choice first = outcome.Choices[0];
        Usage usage = outcome.Usage;
        return new()
        {
            Summary = new()
            {
                Id = job.Identity.ResponseId,
                Created = job.Identity.Created.ToUnixTimeSeconds(),
                Endpoint = job.Identity.Endpoint,
                Model = model.Name,
                Experiment = job.Experiment?.Experiment.Name,
                Arm = job.Experiment?.Arm.Name,
                ReplayOf = job.ReplayOf,
                Strategies = [.. job.Plan.EnumerateArray().Select(strategy => strategy.GetProperty("name").GetString()!)],
                Question = redact ? null : Shorten(QuestionOf(job.Runs[0]), QuestionLength),
                Answer = redact || first.Text.Length == 0 ? null : Shorten(first.Text, AnswerLength),
                FinishReason = outcome.Failure?.FinishReason ?? first.FinishReason,
                Score = JsonFloat.OrNull(first.Answer?.Score),
                PromptTokens = usage.PromptTokens,
                CompletionTokens = usage.CompletionTokens,
                ElapsedMs = Math.Round(outcome.Elapsed.TotalMilliseconds, 3),
                Candidates = candidates.Count,
                Rejected = outcome.Recorders.Sum(recorder => recorder.Candidates.Count(candidate => candidate.IsRejected)),
                Error = outcome.Failure?.Code,
            },
            Request = RequestOf(job, redact),
            Plan = job.Plan,
            Seed = job.Seed,
            Fingerprint = model.Fingerprint,
            Tokenizer = _tokenizer,
            Prompts = redact ? [] : [.. job.Runs.Select(run => run.Prompt.ToArray())],
            Candidates = candidates,
            Events = [.. outcome.Trace.Where(happened => happened.Type != "text").Select(happened => redact ? Redact(happened) : happened)],
            Bill = outcome.Bill,
            Usage = usage,
        };
    }

    /// <summary>Whether ids of this trace mean what they mean here.</summary>
    public bool Understands(StoredTrace trace) => trace.Tokenizer == _tokenizer;

    private static StoredCandidate Of(int run, CandidateBody body, RecordedCandidate? recorded, ReadOnlyMemory<int> prompt, bool redact) => new()
    {
        Run = run,
        Body = redact ? body with { Text = "" } : body,
        Parent = recorded?.Parent,
        Inherited = recorded?.Inherited ?? 0,
        Prompt = redact || recorded is null || recorded.Prompt.Span.SequenceEqual(prompt.Span) ? null : recorded.Prompt.ToArray(),
        Stream = recorded?.Stream,
        StepEnds = recorded?.StepEnds ?? [],
        RejectedAtMs = recorded?.Rejected is { } rejected ? Math.Round(rejected.TotalMilliseconds, 3) : null,
        RejectedAtToken = recorded?.Rejected is null ? null : recorded.Tokens.Count,
        Tokens = recorded is null ? TokenColumns.Empty : TokenColumns.Of(recorded, redact),
    };

    private TracedRequest RequestOf(GenerationJob job, bool redact)
    {
        GenerationRequest run = job.Runs[0];
        string[] prompts = redact || run.Messages is not null ? [] : [.. job.Runs.Select(request => model.Tokenizer.Decode(request.Prompt.Span, skipSpecial: false))];
        return new()
        {
            Messages = redact ? null : run.Messages?.Select(message => new TracedMessage(message.Role, message.Content)).ToArray(),
            Prompt = prompts.FirstOrDefault(),
            Prompts = prompts.Length > 1 ? prompts : null,
            Redacted = redact,
            Sampling = new(run.Sampling.Temperature, run.Sampling.TopP, run.Sampling.TopK, run.Sampling.MinP, run.Sampling.FrequencyPenalty, run.Sampling.PresencePenalty,
                run.Sampling.RepetitionPenalty, run.Sampling.LogitBias),
            MaxTokens = run.MaxTokens,
            N = job.Choices,
            Stop = run.Stop.Count > 0 ? run.Stop : null,
            IgnoreEos = run.IgnoreEndToken,
            Verifiers = redact ? null : job.Verifiers,
            Budget = run.Budget == ComputeBudget.Unlimited ? null : new(run.Budget.MaxTotalTokens, run.Budget.MaxFlops, run.Budget.Deadline?.TotalMilliseconds),
        };
    }

    private string QuestionOf(GenerationRequest run) => run.Messages is { } messages
        ? messages.LastOrDefault(message => message.Role == "user")?.Content ?? messages[^1].Content
        : model.Tokenizer.Decode(run.Prompt.Span, skipSpecial: false);

    /// <summary>Without what the model, the user or a verifier wrote. Who rejected at which score stays.</summary>
    private static TraceBody Redact(TraceBody happened) => happened with { Text = null, Reason = happened.Type == "verified" ? null : happened.Reason };

    /// <summary>Never half of a character, as a reader counts them.</summary>
    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..Boundary(text, length)];

    private static int Boundary(string text, int length)
    {
        int end = 0;
        while (end + StringInfo.GetNextTextElementLength(text, end) is var next && next <= length)
            end = next;
        return end > 0 ? end : length - (char.IsHighSurrogate(text[length - 1]) ? 1 : 0);
    }
}
