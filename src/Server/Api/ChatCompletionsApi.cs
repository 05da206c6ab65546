using System.Text.Json;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Stored;
using InferenceServer.Server.Streaming;

namespace InferenceServer.Server.Api;

/// <summary>OpenAI's chat completions.</summary>
public static class ChatCompletionsApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/chat/completions", HandleAsync)
        .AddEndpointFilter<RequestLimit>()
        .Accepts<ChatCompletionRequest>("application/json")
        .Produces<ChatCompletion>()
        .WithTags("OpenAI")
        .WithName("createChatCompletion")
        .WithSummary("Answer a conversation")
        .WithDescription("OpenAI's chat completions, with the strategy plan as extra fields. With \"stream\": true the answer comes as server-sent events.");

    private static async Task HandleAsync(
        HttpContext http, RequestReader reader, JobFactory jobs, GenerationService generation, ProgressStream streams, ServedModel model, StoredResponses stored, TimeProvider time)
    {
        var request = await reader.ReadAsync<ChatCompletionRequest>(http);
        jobs.RequireModel(request.Model, generates: true);
        StreamRules.Check(request.Stream, request.StreamOptions);
        if (request.TopLogprobs > 0 && !request.Logprobs)
            throw ApiException.InvalidValue("top_logprobs", "needs 'logprobs': true.");
        if (request.MaxTokens is not null && request.MaxCompletionTokens is not null && request.MaxTokens != request.MaxCompletionTokens)
            throw ApiException.InvalidValue("max_tokens", "and 'max_completion_tokens' are both given and differ; the first is the older name of the second.");

        EncodedPrompt prompt = model.Encoding.Encode(request.Messages, "messages");
        (int? limit, string limitField) = request.MaxTokens is null ? (request.MaxCompletionTokens, "max_completion_tokens") : (request.MaxTokens, "max_tokens");
        var identity = RequestIdentity.Of(http, "chatcmpl", time);
        GenerationJob job = await jobs.CreateAsync(http, identity, request, [prompt], request.N, limit, limitField, request.TopLogprobs ?? 0);
        IncludeValue include = request.Include ?? IncludeValue.None;
        Keep keep = Keeping.For(include, request.Logprobs);
        long created = identity.Created.ToUnixTimeSeconds();

        if (request.Stream)
        {
            var chunks = new ChatChunks(job, model, identity.ResponseId, created, request.Logprobs, request.StreamOptions, include);
            await streams.RunAsync(http, job, keep, chunks, async outcome => chunks.Stored = (await KeepAsync(Respond(outcome))).Stored);
            return;
        }
        Outcome outcome = await generation.RunAsync(job, keep, onProgress: null, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(await KeepAsync(Respond(outcome)), ApiJson.Instance.ChatCompletion, cancellationToken: http.RequestAborted);

        async ValueTask<ChatCompletion> KeepAsync(ChatCompletion completion) => request.Store
            ? completion with { Stored = await stored.TryKeepAsync(Tenant.Of(http), identity.ResponseId, JsonSerializer.Serialize(completion, ApiJson.Instance.ChatCompletion), http.RequestAborted) }
            : completion;

        ChatCompletion Respond(Outcome outcome) => new()
        {
            Id = identity.ResponseId,
            Created = created,
            Model = model.Name,
            SystemFingerprint = model.Fingerprint,
            Choices = [.. outcome.Choices.Select(choice => new ChatChoice(
                choice.Index,
                new AssistantMessage(choice.Abstention is null ? choice.Text : null) { Refusal = choice.Abstention?.Reason },
                request.Logprobs ? ChatLogprobBodies.From(AnswerTokens.Of(choice, model.Tokenizer), model.TokenTexts) : null,
                job.FinishReasonOf(choice)) { Abstention = AbstentionBody.From(choice.Abstention), Notes = choice.Notes })],
            Usage = outcome.Usage,
            BudgetExhausted = outcome.BudgetExhausted,
            Metadata = request.Metadata,
            Strategies = job.Plan,
            Experiment = ExperimentPart.From(job.Experiment),
            Seed = job.Seed,
            Bill = include.Bill ? outcome.Bill : null,
            Candidates = include.Candidates ? outcome.Candidates(request.Logprobs ? model.TokenTexts : null) : null,
            Trace = include.Trace ? outcome.Trace : null,
        };
    }
}
