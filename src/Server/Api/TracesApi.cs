using System.Buffers;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Traces;

namespace InferenceServer.Server.Api;

/// <summary>What requests did: read, exported, deleted.</summary>
public static class TracesApi
{
    private const string Root = "/api/traces", One = Root + "/{id}";
    private const int DefaultLimit = 50, MaxLimit = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, ListAsync)
            .Produces<TraceList>().WithTags("Traces").WithName("listTraces").WithSummary("List the latest requests")
            .WithDescription("The newest first: limit of them (1 to 500, 50 unless given), those before a trace's id, those of an experiment.");
        routes.MapGet(Root + "/export", ExportAsync)
            .Produces<TrainingRecord>(contentType: "application/x-ndjson").WithTags("Traces").WithName("exportTraces").WithSummary("Export candidates for training")
            .WithDescription("JSON lines in the schema train-record/1, one for each candidate, of an experiment or of all, since a moment (Unix seconds or an ISO 8601 time). Redacted traces have none.");
        routes.MapGet(One, async (string id, HttpContext http, TraceStore store, LabelStore labels, TraceView view) =>
            {
                Tenant tenant = Tenant.Of(http);
                StoredTrace trace = await FindAsync(id, tenant, store, http.RequestAborted);
                ShadowBody? shadow = await store.FindShadowAsync(tenant, id, http.RequestAborted);
                return Results.Json(view.Of(trace, shadow, await labels.FindAsync(tenant.Name, id, http.RequestAborted)), ApiJson.Instance.TraceDetail);
            })
            .Produces<TraceDetail>().WithTags("Traces").WithName("getTrace").WithSummary("Read what a request did")
            .WithDescription("By the response's id: the request, the plan, every candidate token by token, what happened between the tokens, and the bill. Written shortly after the response ends. 404 with code trace_not_found.");
        routes.MapDelete(One, async (string id, HttpContext http, TraceStore store, LabelStore labels) =>
            {
                Tenant tenant = Tenant.Of(http);
                if (!await store.DeleteAsync(tenant, id, http.RequestAborted))
                    throw ApiException.TraceNotFound(id);
                // What an experiment counts stays; it holds no text.
                if (await labels.FindAsync(tenant.Name, id, http.RequestAborted) is { Experiment: null })
                    await labels.RemoveAsync(tenant.Name, id, http.RequestAborted);
                return Results.Json(new DeletedBody(id, "trace.deleted"), ApiJson.Instance.DeletedBody);
            })
            .Produces<DeletedBody>().WithTags("Traces").WithName("deleteTrace").WithSummary("Delete a trace").WithDescription("404 with code trace_not_found when there is none.");
    }

    /// <exception cref="ApiException">404.</exception>
    internal static async Task<StoredTrace> FindAsync(string id, Tenant tenant, TraceStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.FindAsync(tenant, id, cancellationToken) ?? throw ApiException.TraceNotFound(id);
        }
        catch (FormatException)
        {
            // Written by another version of the server: nothing that this one can show.
            throw ApiException.TraceNotFound(id);
        }
    }

    private static async Task<IResult> ListAsync(string? limit, string? before, string? experiment, HttpContext http, TraceStore store)
    {
        int count = limit is null ? DefaultLimit
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given is >= 1 and <= MaxLimit ? given
            : throw ApiException.InvalidValue("limit", $"is '{JsonKind.Shorten(limit)}'; it must be a number from 1 to {MaxLimit}.");
        return Results.Json(
            await store.ListAsync(Tenant.Of(http), count, before, experiment, http.RequestAborted) ?? throw ApiException.InvalidValue("before", $"is '{JsonKind.Shorten(before!)}', which is no trace that is still kept; list again from the newest."),
            ApiJson.Instance.TraceList);
    }

    private static async Task ExportAsync(string? experiment, string? since, HttpContext http, TraceStore store)
    {
        DateTimeOffset? from = since is null ? null : MomentOf(since);
        bool begun = false;
        await foreach (StoredTrace trace in store.ReadAsync(Tenant.Of(http), experiment, from, http.RequestAborted))
        {
            Begin();
            foreach (TrainingRecord record in TrainingRecord.Of(trace))
            {
                http.Response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(record, ApiJson.Instance.TrainingRecord));
                http.Response.BodyWriter.Write("\n"u8);
            }
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
        Begin();

        // Not before the first trace was read: until then a failure is a status of its own.
        void Begin()
        {
            if (!begun)
                http.Response.ContentType = "application/x-ndjson";
            begun = true;
        }
    }

    private static DateTimeOffset MomentOf(string since)
    {
        if (long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        return DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            ? moment
            : throw ApiException.InvalidValue("since", $"is '{JsonKind.Shorten(since)}'; it must be Unix seconds or an ISO 8601 time such as 2026-01-31T12:00:00Z.");
    }
}
