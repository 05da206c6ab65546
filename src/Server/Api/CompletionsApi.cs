using InferenceServer.Engine;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Streaming;

namespace InferenceServer.Server.Api;

/// <summary>OpenAI's completions: plain continuation of text, and scoring of it through echo.</summary>
public static class CompletionsApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/completions", HandleAsync)
        .AddEndpointFilter<RequestLimit>()
        .Accepts<CompletionRequest>("application/json")
        .Produces<Completion>()
        .WithTags("OpenAI")
        .WithName("createCompletion")
        .WithSummary("Continue a text")
        .WithDescription("OpenAI's completions, with the strategy plan as extra fields. \"echo\" with \"logprobs\" and \"max_tokens\": 0 scores a text without continuing it.");

    private static async Task HandleAsync(
        HttpContext http, RequestReader reader, JobFactory jobs, GenerationService generation, PromptScoring scoring, ProgressStream streams, ServedModel model, TimeProvider time)
    {
        var request = await reader.ReadAsync<CompletionRequest>(http);
        jobs.RequireModel(request.Model, generates: true);
        StreamRules.Check(request.Stream, request.StreamOptions);
        if (request.MaxTokens == 0 && !request.Echo)
            throw ApiException.InvalidValue("max_tokens", "is 0, which is only allowed with 'echo': true.");
        if (request.Prompt.Items.Count * request.N > MaxChoices)
            throw ApiException.InvalidValue("n", $"times the number of prompts is {request.Prompt.Items.Count * request.N}; at most {MaxChoices} choices are allowed.");

        EncodedPrompt[] prompts = [.. request.Prompt.Items.Select((item, index) => model.Encoding.Encode(item, request.Prompt.PathOf(index, "prompt")))];
        var identity = RequestIdentity.Of(http, "cmpl", time);
        GenerationJob job = await jobs.CreateAsync(http, identity, request, prompts, request.N, request.MaxTokens, "max_tokens", request.Logprobs ?? 0);
        PromptEcho[]? echoes = request.Echo ? await EchoAsync(request, prompts, scoring, model, http.RequestAborted) : null;
        IncludeValue include = request.Include ?? IncludeValue.None;
        bool logprobs = request.Logprobs is not null;
        Keep keep = Keeping.For(include, logprobs);
        long created = identity.Created.ToUnixTimeSeconds();

        if (request.Stream)
        {
            await streams.RunAsync(http, job, keep, new CompletionChunks(job, model, identity.ResponseId, created, logprobs, echoes, request.StreamOptions, include));
            return;
        }
        Outcome outcome = await generation.RunAsync(job, keep, onProgress: null, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(new Completion
        {
            Id = identity.ResponseId,
            Created = created,
            Model = model.Name,
            SystemFingerprint = model.Fingerprint,
            Choices = [.. outcome.Choices.Select(choice => ChoiceOf(choice, echoes?[choice.Index / job.Choices]))],
            Usage = outcome.Usage,
            Strategies = job.Plan,
            Experiment = ExperimentPart.From(job.Experiment),
            Seed = job.Seed,
            BudgetExhausted = outcome.BudgetExhausted,
            Bill = include.Bill ? outcome.Bill : null,
            Candidates = include.Candidates ? outcome.Candidates(logprobs ? model.TokenTexts : null) : null,
            Trace = include.Trace ? outcome.Trace : null,
        }, ApiJson.Instance.Completion, cancellationToken: http.RequestAborted);

        CompletionChoice ChoiceOf(Choice choice, PromptEcho? echo)
        {
            CompletionLogprobs? body = logprobs ? new CompletionLogprobsBuilder(model).Add([.. echo?.Tokens ?? [], .. AnswerTokens.Of(choice, model.Tokenizer)]) : null;
            return new(choice.Index, echo?.Text + choice.Text, body, job.FinishReasonOf(choice)) { Abstention = AbstentionBody.From(choice.Abstention), Notes = choice.Notes };
        }
    }

    private const int MaxChoices = 1024;

    private static async Task<PromptEcho[]> EchoAsync(
        CompletionRequest request, EncodedPrompt[] prompts, PromptScoring scoring, ServedModel model, CancellationToken cancellationToken)
    {
        var echoes = new PromptEcho[prompts.Length];
        for (int i = 0; i < echoes.Length; i++)
        {
            IReadOnlyList<SampledToken>? scored = request.Logprobs is { } top ? await scoring.ScorePromptAsync(prompts[i].Tokens, top, cancellationToken) : null;
            echoes[i] = new(request.Prompt.Items[i].Text ?? model.Tokenizer.Decode(prompts[i].Tokens), scored);
        }
        return echoes;
    }
}
