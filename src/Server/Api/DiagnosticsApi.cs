using InferenceServer.Engine;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Echoes;

namespace InferenceServer.Server.Api;

/// <summary>What can be measured about given text.</summary>
public static class DiagnosticsApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/diagnostics/echo-gap", HandleAsync)
        .AddEndpointFilter<RequestLimit>()
        .Accepts<EchoGapRequest>("application/json")
        .Produces<EchoGapResponse>()
        .WithTags("Native")
        .WithName("echoGap")
        .WithSummary("Measure the echo likelihood gap")
        .WithDescription("Finds where a completion repeats its question, and how much likelier the model thinks the completion is with that than without (arXiv:2602.06600).");

    private static async Task HandleAsync(HttpContext http, RequestReader reader, JobFactory jobs, ServedModel model)
    {
        var request = await reader.ReadAsync<EchoGapRequest>(http);
        jobs.RequireModel(request.Model);
        if (request.Completion.Length == 0)
            throw ApiException.InvalidValue("completion", "is empty; there is nothing to measure.");
        (EncodedPrompt prompt, string question) = request switch
        {
            { Prompt: not null, Messages: not null } => throw ApiException.InvalidValue("prompt", "and 'messages' are both given; a request has one of them."),
            { Prompt: { } text } => (model.Encoding.Encode(new TokensOrText(text, null), "prompt"), text),
            { Messages: { } messages } => (model.Encoding.Encode(messages, "messages"), messages.LastOrDefault(message => message.Role == "user")?.Content.Text
                ?? throw ApiException.InvalidValue("messages", "hold no user message, so there is no question to echo.")),
            _ => throw ApiException.Missing("prompt", "the question; or give 'messages', a conversation."),
        };
        jobs.RequireFits(prompt);
        EchoLikelihoodGap gap;
        try
        {
            gap = await EchoLikelihoodGap.MeasureAsync(model.Language, prompt.Tokens, question, request.Completion, http.RequestAborted);
        }
        catch (PromptTooLongException e)
        {
            throw ApiException.ContextLength("completion", e.Message);
        }
        await http.Response.WriteAsJsonAsync(new EchoGapResponse(
            model.Name,
            EchoDetection.HasEcho(question, request.Completion),
            request.Completion[..EchoDetection.SpanLength(question, request.Completion)],
            gap.EchoTokens,
            gap.Raw,
            JsonFloat.OrNull(gap.Trimmed),
            JsonFloat.OrNull(gap.Gap),
            JsonFloat.OrNull(gap.SuffixGap)), ApiJson.Instance.EchoGapResponse, cancellationToken: http.RequestAborted);
    }
}
