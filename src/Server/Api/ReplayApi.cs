using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Traces;
using InferenceServer.Strategies.Recording;

namespace InferenceServer.Server.Api;

/// <summary>A request of the past under another plan.</summary>
public static class ReplayApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/traces/{id}/replay", HandleAsync)
        .AddEndpointFilter<RequestLimit>()
        .Accepts<ReplayRequest>("application/json")
        .Produces<GenerateResponse>()
        .WithTags("Traces")
        .WithName("replayTrace")
        .WithSummary("Run a request again under another plan")
        .WithDescription("The same prompt, sampling, limits and seed under the given plan. Candidates that the first run computed are read from its trace, as far as the plan asks for them. "
            + "409 when the trace is redacted or has several prompts.");

    private static async Task HandleAsync(string id, HttpContext http, RequestReader reader, TraceStore store, TraceReplay replay, GenerationService generation, ServedModel model, TimeProvider time)
    {
        var request = await reader.ReadAsync<ReplayRequest>(http);
        StoredTrace trace = await TracesApi.FindAsync(id, Tenant.Of(http), store, http.RequestAborted);
        RequestIdentity identity = RequestIdentity.Of(http, "gen", time) with { Endpoint = "/api/traces/{id}/replay" };
        (GenerationJob job, RecordedModel recorded) = replay.Prepare(trace, request, identity);
        PlanEcho.Set(http.Response, job);
        bool traced = request.Include?.Trace == true;
        Outcome outcome = await generation.RunAsync(job, traced ? Keep.Trace : Keep.None, onProgress: null, http.RequestAborted);
        Choice choice = outcome.Choices[0];
        var response = new GenerateResponse(
            identity.ResponseId, model.Name, choice.Text, choice.FinishReason, JsonFloat.OrNull(choice.Answer?.Score), outcome.Candidates(null), outcome.Bill, outcome.Usage, job.Plan, job.Seed,
            traced ? outcome.Trace : null)
        {
            BudgetExhausted = outcome.BudgetExhausted,
            Abstention = AbstentionBody.From(choice.Abstention),
            Notes = choice.Notes,
            ReplayOf = trace.Summary.Id,
            ReusedCandidates = recorded.ReusedCandidates,
            ReusedTokens = recorded.ReusedTokens,
        };
        await http.Response.WriteAsJsonAsync(response, ApiJson.Instance.GenerateResponse, cancellationToken: http.RequestAborted);
    }
}
