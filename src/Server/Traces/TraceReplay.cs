using System.Text.Json;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Recording;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Traces;

/// <summary>Makes a stored request a job again, under another plan, with a model that serves the candidates of the trace.</summary>
public sealed class TraceReplay(ServedModel model, PlanReader plans, StrategyCatalog catalog, TraceBuilder builder)
{
    /// <exception cref="ApiException">409: the trace does not hold what it takes; 400: the plan cannot run.</exception>
    public (GenerationJob Job, RecordedModel Recorded) Prepare(StoredTrace trace, ReplayRequest request, RequestIdentity identity)
    {
        if (trace.Request.Redacted)
            throw ApiException.NotReplayable(trace.Summary.Id, "trace_redacted", "its texts were left out (--traces-redact)");
        if (trace.Prompts.Count != 1)
            throw ApiException.NotReplayable(trace.Summary.Id, "trace_not_replayable", $"it has {trace.Prompts.Count} prompts, and one plan runs on one");
        ResolvedPlan plan = plans.Bind(request.Strategies!.Value, PlanOrigin.Array);
        SamplingOptions sampling = SamplingOf(trace.Request.Sampling, trace.Seed);
        int[] prompt = PromptOf(trace);
        // Other weights draw other tokens.
        bool isSame = trace.Fingerprint == model.Fingerprint;
        var recorded = new RecordedModel(model.Language, sampling, isSame ? trace.Candidates.Select(candidate => Of(candidate, prompt)) : []);
        JsonElement? verifiers = request.Verifiers?.Clone() ?? trace.Request.Verifiers;
        var job = new GenerationJob
        {
            Identity = identity,
            Choices = 1,
            Seed = trace.Seed,
            Plan = plan.Echo,
            PlanOrigin = plan.Origin,
            IsPlain = plan.IsPlain,
            Verifiers = verifiers,
            ReplayOf = trace.Summary.Id,
            Model = recorded,
            Runs = [new GenerationRequest
            {
                Tenant = identity.Tenant.Name,
                Prompt = prompt,
                Messages = trace.Request.Messages?.Select(message => new ChatMessage(message.Role, message.Content)).ToArray(),
                Sampling = sampling,
                MaxTokens = Math.Min(trace.Request.MaxTokens, model.Language.ContextLength - prompt.Length),
                Stop = trace.Request.Stop ?? [],
                IgnoreEndToken = trace.Request.IgnoreEos,
                Strategies = plan.Strategies,
                Verifiers = VerifiersOf(verifiers),
                Budget = trace.Request.Budget is { } budget
                    ? new() { MaxTotalTokens = budget.MaxTotalTokens, MaxFlops = budget.MaxFlops, Deadline = budget.DeadlineMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null }
                    : ComputeBudget.Unlimited,
            }],
        };
        return (job, recorded);
    }

    private int[] PromptOf(StoredTrace trace)
    {
        if (builder.Understands(trace))
            return trace.Prompts[0];
        return trace.Request.Messages is { } messages
            ? model.Encoding.Encode([.. messages.Select(message => new ChatMessage(message.Role, message.Content))])
            : model.Tokenizer.Encode(trace.Request.Prompt!);
    }

    private IReadOnlyList<VerifierOptions> VerifiersOf(JsonElement? verifiers)
    {
        try
        {
            return verifiers is { } given ? catalog.Verifiers.Bind(given) : [];
        }
        catch (StrategyPlanException e)
        {
            throw PlanReader.Refusal(e, PlanOrigin.None);
        }
    }

    private static SamplingOptions SamplingOf(TracedSampling sampling, long seed) => new()
    {
        Temperature = sampling.Temperature,
        TopP = sampling.TopP,
        TopK = sampling.TopK,
        MinP = sampling.MinP,
        FrequencyPenalty = sampling.FrequencyPenalty,
        PresencePenalty = sampling.PresencePenalty,
        RepetitionPenalty = sampling.RepetitionPenalty,
        LogitBias = sampling.LogitBias,
        Seed = unchecked((ulong)seed),
    };

    private static RecordedCandidate Of(StoredCandidate candidate, int[] prompt) => new()
    {
        Index = candidate.Body.Index,
        Choice = candidate.Body.Choice,
        Parent = candidate.Parent,
        Inherited = candidate.Inherited,
        Prompt = candidate.Prompt ?? prompt,
        Stream = candidate.Stream,
        Tokens = candidate.Tokens.Tokens(),
    };
}
