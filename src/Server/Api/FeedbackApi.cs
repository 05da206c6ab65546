using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Api;

/// <summary>What is said about answers afterwards.</summary>
public static class FeedbackApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/feedback", HandleAsync)
        .Accepts<FeedbackRequest>("application/json")
        .Produces<FeedbackBody>()
        .WithTags("Experiments")
        .WithName("feedback")
        .WithSummary("Say something about an answer")
        .WithDescription("A label for a request that took part in an experiment or left a trace: whether the answer was right, a rating, a sale. It may come days later, and twice: the same name replaces what "
            + "was there. What was answered with 200 is on record. 404 with code request_not_found for an id that is not known.");

    private static async Task HandleAsync(HttpContext http, RequestReader reader, LabelStore labels, ExperimentRouting routing)
    {
        var request = await reader.ReadAsync<FeedbackRequest>(http);
        if (!ExperimentRules.IsName(request.Name))
            throw ApiException.InvalidValue("name", $"must be letters, digits, dots, hyphens and underscores, a letter or digit first, at most {ExperimentRules.MaxName} of them.");
        if (BuiltInMetrics.Has(request.Name))
            throw ApiException.InvalidValue("name", $"is '{request.Name}', which the server measures itself; take another.");
        LabelResult result = await labels.SetAsync(Tenant.Of(http).Name, request.RequestId, request.Name, request.Value.Number, request.Value.IsBoolean, http.RequestAborted);
        string status = result switch
        {
            LabelResult.UnknownRequest => throw ApiException.RequestNotFound(request.RequestId),
            LabelResult.TooMany => throw ApiException.InvalidValue("name", $"would be the label number {LabelStore.MaxLabels + 1} of this request; it has {LabelStore.MaxLabels} others."),
            _ => result.ToString().ToLowerInvariant(),
        };
        await routing.LabelledAsync(Tenant.Of(http), request.RequestId, request.Name, request.Value.Number, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(new FeedbackBody(request.RequestId, request.Name, request.Value.Number, status), ApiJson.Instance.FeedbackBody, cancellationToken: http.RequestAborted);
    }
}
