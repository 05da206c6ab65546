using InferenceServer.Engine;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Api;

/// <summary>How probable given text is after given text.</summary>
public static class ScoreApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/score", HandleAsync)
        .Accepts<ScoreRequest>("application/json")
        .Produces<ScoreResponse>()
        .WithTags("Native")
        .WithName("score")
        .WithSummary("Score continuations of a prompt")
        .WithDescription("Log-probability, entropy and process reward of every token of one or several continuations. The prompt is computed once.");

    private static async Task HandleAsync(HttpContext http, RequestReader reader, JobFactory jobs, PromptScoring scoring, ServedModel model)
    {
        var request = await reader.ReadAsync<ScoreRequest>(http);
        jobs.RequireModel(request.Model);
        EncodedPrompt prompt = model.Encoding.Encode(request.Prompt, "prompt");
        jobs.RequireFits(prompt);
        EncodedPrompt[] continuations = [.. request.Continuation.Items.Select((item, index) => model.Encoding.Encode(item, request.Continuation.PathOf(index, "continuation")))];
        foreach (EncodedPrompt continuation in continuations)
            if (prompt.Tokens.Length + continuation.Tokens.Length > model.Language.ContextLength)
                throw ApiException.ContextLength(continuation.Path, $"'prompt' has {prompt.Tokens.Length} tokens and '{continuation.Path}' {continuation.Tokens.Length} more, "
                    + $"but this model's context holds {model.Language.ContextLength}. Shorten one of them.");
        var scores = await scoring.ScoreAsync(prompt.Tokens, [.. continuations.Select(continuation => continuation.Tokens)], request.TopLogprobs, http.RequestAborted);
        long scored = continuations.Sum(continuation => (long)continuation.Tokens.Length);
        await http.Response.WriteAsJsonAsync(new ScoreResponse(
            model.Name,
            prompt.Tokens.Length,
            [.. scores.Select((score, index) => BodyOf(index, score.Tokens, score.EndValue, model))],
            new Usage(prompt.Tokens.Length, scored, prompt.Tokens.Length + scored, new(0))), ApiJson.Instance.ScoreResponse, cancellationToken: http.RequestAborted);
    }

    private static ContinuationScore BodyOf(int index, IReadOnlyList<SampledToken> tokens, float endValue, ServedModel model)
    {
        double sum = tokens.Sum(token => (double)JsonFloat.LogProb(token.LogProb));
        return new(
            index,
            model.Tokenizer.Decode(tokens.Select(token => token.Id).ToArray(), skipSpecial: false),
            [.. tokens.Select(token => ScoredToken.From(token, model.TokenTexts))],
            sum,
            sum / tokens.Count,
            Math.Min(Math.Exp(-sum / tokens.Count), double.MaxValue),
            tokens.Average(token => (double)token.Entropy),
            JsonFloat.OrNull(endValue));
    }
}
