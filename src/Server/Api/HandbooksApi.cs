using InferenceServer.Server.Errors;
using InferenceServer.Server.Handbooks;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Api;

/// <summary>Handbooks as wholes: list, read (which is export), write (which is import), delete, retire.</summary>
public static class HandbooksApi
{
    private const string Root = "/api/handbooks", One = Root + "/{name}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, async (HttpContext http, HandbookStore store) => Results.Json(
                new HandbookList([.. (await store.ListAsync(Tenant.Of(http), http.RequestAborted)).Select(handbook =>
                    new HandbookSummary(handbook.Name, handbook.Version, handbook.Active.Count(), handbook.Behaviours.Count - handbook.Active.Count()))]), ApiJson.Instance.HandbookList))
            .Produces<HandbookList>().WithTags("Handbooks").WithName("listHandbooks").WithSummary("List the handbooks").WithDescription("Name, version and number of entries of every handbook.");
        routes.MapGet(One, async (string name, HttpContext http, HandbookStore store) => Results.Json(
                await BodyAsync(store, Tenant.Of(http), await FindAsync(name, http, store), http.RequestAborted), ApiJson.Instance.HandbookBody))
            .Produces<HandbookBody>().WithTags("Handbooks").WithName("getHandbook").WithSummary("Read or export a handbook")
            .WithDescription("Every entry with its counters and its measured lift. PUT takes the same document.");
        routes.MapPut(One, PutAsync)
            .Accepts<HandbookRequest>("application/json").Produces<HandbookBody>().WithTags("Handbooks").WithName("putHandbook").WithSummary("Write or import a handbook")
            .WithDescription("Replaces all entries. An entry whose instruction is the same keeps its version and counters. With if_version a change by somebody else in between is a 409.");
        routes.MapDelete(One, async (string name, HttpContext http, HandbookStore store) => await store.DeleteAsync(Tenant.Of(http), name, http.RequestAborted)
                ? Results.Json(new DeletedBody(name, "handbook.deleted"), ApiJson.Instance.DeletedBody)
                : throw ApiException.HandbookNotFound(name))
            .Produces<DeletedBody>().WithTags("Handbooks").WithName("deleteHandbook").WithSummary("Delete a handbook").WithDescription("With its counters and former versions.");
        routes.MapPost(One + "/retire", async (string name, HttpContext http, HandbookStore store) =>
            {
                IReadOnlyList<Behaviour> retired = await store.RetireAsync(Tenant.Of(http), name, http.RequestAborted) ?? throw ApiException.HandbookNotFound(name);
                return Results.Json(new RetiredBody([.. retired.Select(entry => new RetiredEntry(entry.Name, entry.Retired!))]), ApiJson.Instance.RetiredBody);
            })
            .Produces<RetiredBody>().WithTags("Handbooks").WithName("retireBehaviours").WithSummary("Retire dead entries now")
            .WithDescription("What the server does every ten minutes by itself: entries whose lift is below zero with its whole interval, or that were shown 500 times and never named, are no longer used.");
    }

    /// <exception cref="ApiException">404.</exception>
    internal static async Task<Handbook> FindAsync(string name, HttpContext http, HandbookStore store) =>
        await store.FindAsync(Tenant.Of(http), name, http.RequestAborted) ?? throw ApiException.HandbookNotFound(name);

    /// <exception cref="ApiException">400.</exception>
    internal static void RequireName(string name)
    {
        if (!BehaviourRules.IsHandbookName(name))
            throw ApiException.InvalidValue("name", $"must be lower-case letters and digits with single hyphens or underscores between them, at most {BehaviourRules.MaxName} characters.");
    }

    private static async Task PutAsync(string name, HttpContext http, RequestReader reader, HandbookStore store)
    {
        RequireName(name);
        var request = await reader.ReadAsync<HandbookRequest>(http);
        Behaviour[] behaviours = [.. request.Behaviours.Select((fields, index) => fields.ToBehaviour(null, $"behaviours[{index}]."))];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < behaviours.Length; i++)
            if (!seen.Add(behaviours[i].Name))
                throw ApiException.InvalidValue($"behaviours[{i}].name", "is the name of an earlier entry too.");
        Handbook? written = await store.ChangeAsync(Tenant.Of(http), name, current =>
            request.IfVersion is { } expected && expected != (current?.Version ?? 0) ? throw ApiException.VersionConflict(name, expected, current?.Version ?? 0) : behaviours, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(await BodyAsync(store, Tenant.Of(http), written!, http.RequestAborted), ApiJson.Instance.HandbookBody, cancellationToken: http.RequestAborted);
    }

    private static async Task<HandbookBody> BodyAsync(HandbookStore store, Tenant tenant, Handbook handbook, CancellationToken cancellationToken) =>
        HandbookBody.From(handbook, await store.CountersAsync(tenant, handbook.Name, handbook.Behaviours, cancellationToken));
}
