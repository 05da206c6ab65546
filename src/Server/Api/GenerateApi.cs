using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Streaming;

namespace InferenceServer.Server.Api;

/// <summary>The native endpoint: one plan, all of its candidates, and the bill.</summary>
public static class GenerateApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/generate", HandleAsync)
        .AddEndpointFilter<RequestLimit>()
        .Accepts<GenerateRequest>("application/json")
        .Produces<GenerateResponse>()
        .WithTags("Native")
        .WithName("generate")
        .WithSummary("Run a strategy plan")
        .WithDescription("Runs a plan on a prompt or a conversation and returns the answer with every candidate, their scores, and the bill. With \"stream\": true everything that "
            + "happens comes as typed server-sent events: candidate_started, text, step, score, rejected, finished, answer, and done with the whole response.");

    private static async Task HandleAsync(HttpContext http, RequestReader reader, JobFactory jobs, GenerationService generation, ProgressStream streams, ServedModel model, TimeProvider time)
    {
        var request = await reader.ReadAsync<GenerateRequest>(http);
        jobs.RequireModel(request.Model, generates: true);
        if (request.TopLogprobs > 0 && !request.Logprobs)
            throw ApiException.InvalidValue("top_logprobs", "needs 'logprobs': true.");
        EncodedPrompt prompt = request switch
        {
            { Prompt: not null, Messages: not null } => throw ApiException.InvalidValue("prompt", "and 'messages' are both given; a request has one of them."),
            { Prompt: { } text } => model.Encoding.Encode(text, "prompt"),
            { Messages: { } messages } => model.Encoding.Encode(messages, "messages"),
            _ => throw ApiException.Missing("prompt", "the text to continue; or give 'messages', a conversation."),
        };
        var identity = RequestIdentity.Of(http, "gen", time);
        GenerationJob job = await jobs.CreateAsync(http, identity, request, [prompt], choices: 1, request.MaxTokens, "max_tokens", request.TopLogprobs ?? 0);
        Keep keep = (request.Logprobs ? Keep.Tokens : Keep.None) | (request.Include?.Trace == true ? Keep.Trace : Keep.None);
        if (request.Stream)
        {
            await streams.RunAsync(http, job, keep, new GenerateEvents(Respond));
            return;
        }
        Outcome outcome = await generation.RunAsync(job, keep, onProgress: null, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(Respond(outcome), ApiJson.Instance.GenerateResponse, cancellationToken: http.RequestAborted);

        GenerateResponse Respond(Outcome outcome)
        {
            Choice choice = outcome.Choices[0];
            return new(
                identity.ResponseId,
                model.Name,
                choice.Text,
                choice.FinishReason,
                JsonFloat.OrNull(choice.Answer?.Score),
                outcome.Candidates(request.Logprobs ? model.TokenTexts : null),
                outcome.Bill,
                outcome.Usage,
                job.Plan,
                job.Seed,
                request.Include?.Trace == true ? outcome.Trace : null)
            {
                Experiment = ExperimentPart.From(job.Experiment),
                BudgetExhausted = outcome.BudgetExhausted,
                Abstention = AbstentionBody.From(choice.Abstention),
                Notes = choice.Notes,
            };
        }
    }
}
