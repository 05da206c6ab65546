using System.Globalization;
using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Api;

/// <summary>Experiments: define, ramp, read, stop, export, delete.</summary>
public static class ExperimentsApi
{
    private const string Root = "/api/experiments", One = Root + "/{name}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, ListAsync)
            .Produces<ExperimentList>().WithTags("Experiments").WithName("listExperiments").WithSummary("List the experiments").WithDescription("Those that run, those that were stopped, and those that requests define.");
        routes.MapGet(One, async (string name, HttpContext http, ExperimentStore store, ExperimentReports reports, ExperimentRouting routing) =>
                await BodyAsync(await FindAsync(name, http, store), http, reports, routing))
            .Produces<ExperimentBody>().WithTags("Experiments").WithName("getExperiment").WithSummary("What does an experiment say?")
            .WithDescription("For each arm and metric the mean, and against the first arm the effect with an interval and a verdict that hold however often one looks. Read sample_ratio first: its alarm means that nothing else can be believed.");
        routes.MapPut(One, PutAsync)
            .Accepts<ExperimentRequest>("application/json").Produces<ExperimentBody>().WithTags("Experiments").WithName("putExperiment").WithSummary("Define, change or start an experiment")
            .WithDescription("A new one, or other weights, ramp, guardrails and metrics of one that exists; a stopped one runs again. Its arms themselves cannot change: other arms under the same name are a 409 with code experiment_conflict. It is called as the model exp/NAME.");
        routes.MapPost(One + "/stop", StopAsync)
            .Produces<ExperimentBody>().WithTags("Experiments").WithName("stopExperiment").WithSummary("Stop an experiment")
            .WithDescription("Requests that call it are refused from then on, on other servers within a second. What it has found stays; labels may still come. Stopping again changes nothing.");
        routes.MapGet(One + "/history", HistoryAsync)
            .Produces<ExperimentHistory>().WithTags("Experiments").WithName("getExperimentHistory").WithSummary("How did an effect grow?")
            .WithDescription("The effect of each arm with its interval, at numbers of exposures that lie a tenth apart. ?metric= names the metric; the first goal unless given.");
        routes.MapGet(One + "/export", async (string name, string? format, HttpContext http, ExperimentStore store, ExposureStore exposures) =>
                await ExperimentExport.WriteAsync(http, await FindAsync(name, http, store), exposures, format))
            .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson", "text/csv").WithTags("Experiments").WithName("exportExperiment").WithSummary("Export every exposure")
            .WithDescription("One line for each exposure, with what was measured and said: JSON lines, or CSV with ?format=csv.");
        routes.MapDelete(One, DeleteAsync)
            .Produces<DeletedBody>().WithTags("Experiments").WithName("deleteExperiment").WithSummary("Delete an experiment").WithDescription("With its exposures and their labels.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ExperimentStore store, ExposureStore exposures)
    {
        string tenant = Tenant.Of(http).Name;
        var data = new List<ExperimentSummary>();
        foreach (Experiment experiment in await store.ListAsync(tenant, http.RequestAborted))
            data.Add(ExperimentSummary.From(experiment, await exposures.CountAsync(tenant, experiment.Name, http.RequestAborted)));
        return Results.Json(new ExperimentList(data), ApiJson.Instance.ExperimentList);
    }

    private static async Task<IResult> PutAsync(string name, HttpContext http, RequestReader reader, ExperimentStore store, ExperimentReports reports, ExperimentRouting routing, JobFactory jobs, TimeProvider time)
    {
        Experiment asked = (await reader.ReadAsync<ExperimentRequest>(http)).ToExperiment(name, time.GetUtcNow());
        jobs.RequireArms(asked);
        try
        {
            Experiment written = (await store.ChangeAsync(Tenant.Of(http).Name, name, current => Changed(current, asked), http.RequestAborted))!;
            return await BodyAsync(written, http, reports, routing);
        }
        catch (TooManyExperimentsException e)
        {
            throw ApiException.TooManyExperiments(e.Message);
        }
    }

    private static Experiment Changed(Experiment? current, Experiment asked)
    {
        if (current is null)
            return asked;
        if (current.Fingerprint != asked.Fingerprint)
            throw ApiException.ExperimentConflict("arms", current, asked);
        return current.With(asked.Arms) with
        {
            Status = ExperimentStatus.Running,
            StoppedReason = null,
            Ramp = asked.Ramp,
            Guardrails = asked.Guardrails,
            Metrics = asked.Metrics,
            Router = asked.Router,
            UnitBy = asked.UnitBy,
        };
    }

    private static async Task<IResult> StopAsync(string name, HttpContext http, ExperimentStore store, ExperimentReports reports, ExperimentRouting routing, TimeProvider time)
    {
        string reason = string.Create(CultureInfo.InvariantCulture, $"on request, {time.GetUtcNow():yyyy-MM-dd HH:mm} UTC");
        Experiment stopped = await store.ChangeAsync(Tenant.Of(http).Name, name,
            current => current is null or { Status: ExperimentStatus.Stopped } ? null : current with { Status = ExperimentStatus.Stopped, StoppedReason = reason }, http.RequestAborted) ?? throw ApiException.ExperimentNotFound(name);
        return await BodyAsync(stopped, http, reports, routing);
    }

    private static async Task<IResult> HistoryAsync(string name, string? metric, HttpContext http, ExperimentStore store, ExposureStore exposures)
    {
        Experiment experiment = await FindAsync(name, http, store);
        var all = new List<LabelledExposure>();
        await foreach (LabelledExposure exposure in exposures.ReadAsync(Tenant.Of(http).Name, name, http.RequestAborted))
            all.Add(exposure);
        (ReportedMetric? reported, IReadOnlyList<ArmHistory> arms) = EffectHistory.Of(experiment, all, metric);
        if (reported is null && metric is not null)
            throw ApiException.InvalidValue("metric", $"is '{JsonKind.Shorten(metric)}', of which the experiment has no value; GET {Root}/{name} lists its metrics.");
        // Nothing was said or measured yet: an empty curve, not a mistake.
        return Results.Json(reported is null ? new ExperimentHistory("", [.. arms.Select(arm => new ArmHistoryBody(arm.Name, []))]) : ExperimentHistory.From(reported, arms), ApiJson.Instance.ExperimentHistory);
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext http, ExperimentStore store, ExposureStore exposures, RouterStore routers)
    {
        string tenant = Tenant.Of(http).Name;
        await FindAsync(name, http, store);
        // Stopped first, so that no request adds to what is being deleted.
        await store.ChangeAsync(tenant, name, current => current is null ? null : current with { Status = ExperimentStatus.Stopped, StoppedReason = "it is being deleted" }, http.RequestAborted);
        await exposures.DeleteAsync(tenant, name, http.RequestAborted);
        await routers.DeleteAsync(tenant, name, http.RequestAborted);
        await store.DeleteAsync(tenant, name, http.RequestAborted);
        return Results.Json(new DeletedBody(name, "experiment.deleted"), ApiJson.Instance.DeletedBody);
    }

    /// <exception cref="ApiException">404.</exception>
    private static async Task<Experiment> FindAsync(string name, HttpContext http, ExperimentStore store) =>
        await store.FindAsync(Tenant.Of(http).Name, name, http.RequestAborted) ?? throw ApiException.ExperimentNotFound(name);

    private static async Task<IResult> BodyAsync(Experiment experiment, HttpContext http, ExperimentReports reports, ExperimentRouting routing)
    {
        ExperimentReport report = await reports.ReadAsync(Tenant.Of(http).Name, experiment, http.RequestAborted);
        RouterBody? router = RouterBody.From(experiment, await routing.AuditAsync(Tenant.Of(http), experiment, http.RequestAborted));
        return Results.Json(ExperimentBody.From(report) with { Router = router }, ApiJson.Instance.ExperimentBody);
    }
}
