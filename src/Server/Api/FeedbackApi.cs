using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Traces;

namespace InferenceServer.Server.Api;

/// <summary>What is said about answers afterwards.</summary>
public static class FeedbackApi
{
    private const int Attempts = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/feedback", HandleAsync)
        .Accepts<FeedbackRequest>("application/json")
        .Produces<FeedbackBody>()
        .WithTags("Experiments")
        .WithName("feedback")
        .WithSummary("Say something about an answer")
        .WithDescription("A label for a request that took part in an experiment or left a trace: whether the answer was right, a rating, a sale. It may come days later, and twice: the same name replaces what "
            + "was there. What was answered with 200 is on record. 404 with code request_not_found for an id that is not known.");

    private static async Task HandleAsync(HttpContext http, RequestReader reader, LabelStore labels, TraceStore traces, ExperimentRouting routing, TimeProvider time)
    {
        var request = await reader.ReadAsync<FeedbackRequest>(http);
        if (!ExperimentRules.IsName(request.Name))
            throw ApiException.InvalidValue("name", $"must be letters, digits, dots, hyphens and underscores, a letter or digit first, at most {ExperimentRules.MaxName} of them.");
        if (BuiltInMetrics.Has(request.Name))
            throw ApiException.InvalidValue("name", $"is '{request.Name}', which the server measures itself; take another.");
        Tenant tenant = Tenant.Of(http);
        LabelResult result = await SetAsync();
        if (result == LabelResult.UnknownRequest && await IsTracedAsync(tenant, request.RequestId, traces, time, http.RequestAborted))
        {
            await labels.OpenAsync(tenant.Name, request.RequestId, experiment: null, http.RequestAborted);
            result = await SetAsync();
        }
        string status = result switch
        {
            LabelResult.UnknownRequest => throw ApiException.RequestNotFound(request.RequestId),
            LabelResult.TooMany => throw ApiException.InvalidValue("name", $"would be the label number {LabelStore.MaxLabels + 1} of this request; it has {LabelStore.MaxLabels} others."),
            _ => result.ToString().ToLowerInvariant(),
        };
        await routing.LabelledAsync(Tenant.Of(http), request.RequestId, request.Name, request.Value.Number, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(new FeedbackBody(request.RequestId, request.Name, request.Value.Number, status), ApiJson.Instance.FeedbackBody, cancellationToken: http.RequestAborted);

        Task<LabelResult> SetAsync() => labels.SetAsync(tenant.Name, request.RequestId, request.Name, request.Value.Number, request.Value.IsBoolean, http.RequestAborted);
    }

    /// <summary>A trace is written shortly after its response: feedback may be faster.</summary>
    private static async Task<bool> IsTracedAsync(Tenant tenant, string id, TraceStore traces, TimeProvider time, CancellationToken cancellationToken)
    {
        for (int i = 0; i < Attempts; i++)
        {
            if (i > 0)
                await Task.Delay(Pause, time, cancellationToken);
            if (await traces.HasAsync(tenant, id, cancellationToken))
                return true;
        }
        return false;
    }
}
