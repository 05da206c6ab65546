using InferenceServer.Server.Errors;
using InferenceServer.Server.Handbooks;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Api;

/// <summary>Single entries of a handbook.</summary>
public static class BehavioursApi
{
    private const string One = "/api/handbooks/{name}/behaviours/{behaviour}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(One, async (string name, string behaviour, HttpContext http, HandbookStore store) =>
            {
                Behaviour entry = Find(await HandbooksApi.FindAsync(name, http, store), behaviour);
                return Results.Json(await BodyAsync(store, http, name, entry), ApiJson.Instance.BehaviourBody);
            })
            .Produces<BehaviourBody>().WithTags("Handbooks").WithName("getBehaviour").WithSummary("Read an entry").WithDescription("With its counters, its lift and its former versions.");
        routes.MapPut(One, PutAsync)
            .Accepts<BehaviourFields>("application/json").Produces<BehaviourBody>().WithTags("Handbooks").WithName("putBehaviour").WithSummary("Write an entry")
            .WithDescription("Makes the entry, and the handbook if there is none, or replaces it. A changed instruction is its next version.");
        routes.MapDelete(One, DeleteAsync)
            .Produces<DeletedBody>().WithTags("Handbooks").WithName("deleteBehaviour").WithSummary("Delete an entry").WithDescription("404 when there is none.");
    }

    private static async Task PutAsync(string name, string behaviour, HttpContext http, RequestReader reader, HandbookStore store)
    {
        HandbooksApi.RequireName(name);
        Behaviour entry = (await reader.ReadAsync<BehaviourFields>(http)).ToBehaviour(behaviour, "");
        Handbook? written = await store.ChangeAsync(Tenant.Of(http), name, current =>
        {
            Behaviour[] others = [.. current?.Behaviours.Where(other => other.Name != behaviour) ?? []];
            return others.Length < BehaviourRules.MaxBehaviours ? [.. others, entry] : throw ApiException.InvalidValue("behaviour", $"would be one too many: a handbook has at most {BehaviourRules.MaxBehaviours} entries.");
        }, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(await BodyAsync(store, http, name, Find(written!, behaviour)), ApiJson.Instance.BehaviourBody, cancellationToken: http.RequestAborted);
    }

    private static async Task<IResult> DeleteAsync(string name, string behaviour, HttpContext http, HandbookStore store)
    {
        bool found = false;
        if (await store.ChangeAsync(Tenant.Of(http), name, current =>
        {
            found = current?.Behaviours.Any(entry => entry.Name == behaviour) == true;
            return found ? [.. current!.Behaviours.Where(entry => entry.Name != behaviour)] : null;
        }, http.RequestAborted) is null)
            throw ApiException.HandbookNotFound(name);
        return found ? Results.Json(new DeletedBody(behaviour, "behaviour.deleted"), ApiJson.Instance.DeletedBody) : throw ApiException.BehaviourNotFound(name, behaviour);
    }

    private static Behaviour Find(Handbook handbook, string behaviour) =>
        handbook.Behaviours.FirstOrDefault(entry => entry.Name == behaviour) ?? throw ApiException.BehaviourNotFound(handbook.Name, behaviour);

    private static async Task<BehaviourBody> BodyAsync(HandbookStore store, HttpContext http, string handbook, Behaviour entry)
    {
        IReadOnlyList<BehaviourCounters> counters = await store.CountersAsync(Tenant.Of(http), handbook, [entry], http.RequestAborted);
        IReadOnlyList<Behaviour> former = await store.HistoryAsync(Tenant.Of(http), handbook, entry, http.RequestAborted);
        return BehaviourBody.From(entry, counters[0]) with { Former = [.. former.Select(version => new FormerBody(version.Version, version.Instruction))] };
    }
}
