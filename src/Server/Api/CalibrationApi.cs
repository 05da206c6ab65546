using System.Text.Json;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Api;

/// <summary>How far confidence can be trusted.</summary>
public static class CalibrationApi
{
    private const string Root = "/api/calibration", One = Root + "/{name}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, async (HttpContext http, CalibrationStore store) =>
                Results.Json(new CalibrationList(await store.ListAsync(Tenant.Of(http), http.RequestAborted)), ApiJson.Instance.CalibrationList))
            .Produces<CalibrationList>().WithTags("Calibration").WithName("listCalibrations").WithSummary("Read the risk-coverage curves")
            .WithDescription("For each calibrated plan: which share of wrong answers is given at which threshold on the confidence, and which share of questions is answered then.");
        routes.MapGet(One, async (string name, HttpContext http, CalibrationStore store) =>
                Results.Json(await store.FindAsync(Tenant.Of(http), name, http.RequestAborted) ?? throw ApiException.CalibrationNotFound(name), ApiJson.Instance.StoredCalibration))
            .Produces<StoredCalibration>().WithTags("Calibration").WithName("getCalibration").WithSummary("Read one curve").WithDescription("404 when there is none by this name.");
        routes.MapPost(One, StartAsync)
            .Accepts<CalibrationRequest>("application/json").Produces<Job>(StatusCodes.Status202Accepted).WithTags("Calibration").WithName("calibrate").WithSummary("Calibrate a plan")
            .WithDescription("Runs the plan on labelled questions as a job. The command calibrate does the same with a file.");
        routes.MapDelete(One, async (string name, HttpContext http, CalibrationStore store) => await store.DeleteAsync(Tenant.Of(http), name, http.RequestAborted)
                ? Results.Json(new DeletedBody(name, "calibration.deleted"), ApiJson.Instance.DeletedBody)
                : throw ApiException.CalibrationNotFound(name))
            .Produces<DeletedBody>().WithTags("Calibration").WithName("deleteCalibration").WithSummary("Delete a curve").WithDescription("404 when there is none by this name.");
    }

    private static async Task<IResult> StartAsync(string name, HttpContext http, RequestReader reader, StrategyCatalog catalog, StrategyPipeline pipeline, Calibrator calibrator, JobRunner jobs, ServedModel model)
    {
        HandbooksApi.RequireName(name);
        var request = await reader.ReadAsync<CalibrationRequest>(http);
        CalibrationRecipe recipe;
        try
        {
            recipe = new(name, [.. request.Problems.Select(problem => new LabelledProblem(problem.Question, problem.Answer is { } answer ? LabelledProblem.Final(answer) : null))],
                catalog.Bind(request.Strategies), request.TargetRisk, request.Temperature, request.MaxTokens, request.Seed);
            calibrator.Check(recipe);
        }
        catch (StrategyPlanException e)
        {
            throw PlanReader.Refusal(e, PlanOrigin.Array);
        }
        Tenant tenant = Tenant.Of(http);
        (Job job, _) = await jobs.StartAsync(tenant, "calibration", name, async (progress, cancellationToken) =>
            JsonSerializer.SerializeToElement(await calibrator.RunAsync(tenant, recipe, progress, cancellationToken), ApiJson.Instance.StoredCalibration), http.RequestAborted);
        return Results.Json(job, ApiJson.Instance.Job, statusCode: StatusCodes.Status202Accepted);
    }
}
