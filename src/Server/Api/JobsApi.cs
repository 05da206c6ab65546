using InferenceServer.Server.Errors;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Api;

/// <summary>Work that outlives its request.</summary>
public static class JobsApi
{
    private const string Root = "/api/jobs", One = Root + "/{id}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, async (HttpContext http, JobRunner jobs) => Results.Json(new JobList(await jobs.ListAsync(Tenant.Of(http), http.RequestAborted)), ApiJson.Instance.JobList))
            .Produces<JobList>().WithTags("Jobs").WithName("listJobs").WithSummary("List the jobs").WithDescription("Those that run and those that ended within a week, the newest first.");
        routes.MapGet(One, async (string id, HttpContext http, JobRunner jobs) =>
                Results.Json(await jobs.FindAsync(Tenant.Of(http), id, http.RequestAborted) ?? throw ApiException.JobNotFound(id), ApiJson.Instance.Job))
            .Produces<Job>().WithTags("Jobs").WithName("getJob").WithSummary("How far is a job?").WithDescription("Its status, progress and, when it is done, its result.");
        routes.MapDelete(One, async (string id, HttpContext http, JobRunner jobs) =>
                Results.Json(await jobs.CancelAsync(Tenant.Of(http), id, http.RequestAborted) ?? throw ApiException.JobNotFound(id), ApiJson.Instance.Job))
            .Produces<Job>().WithTags("Jobs").WithName("cancelJob").WithSummary("Cancel a job")
            .WithDescription("Returns the job as it is then. Cancelling again, or a job that has ended, changes nothing. A job of another server ends shortly after.");
    }
}
