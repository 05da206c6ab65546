using System.Text.Json;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Handbooks;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Api;

/// <summary>Building a handbook from solved problems.</summary>
public static class HandbookBuildApi
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/handbooks/{name}/build", HandleAsync)
        .Accepts<HandbookBuildRequest>("application/json")
        .Produces<Job>(StatusCodes.Status202Accepted)
        .WithTags("Handbooks")
        .WithName("buildHandbook")
        .WithSummary("Build a handbook from problems")
        .WithDescription("A job that solves each problem, reflects on the solution, extracts behaviours and merges them into the handbook (arXiv:2509.13237). What is learned is written at once, "
            + "so a job that is cancelled keeps it. Asking again while it runs returns the same job.");

    private static async Task<IResult> HandleAsync(string name, HttpContext http, RequestReader reader, StrategyCatalog catalog, HandbookBuild build, JobRunner jobs)
    {
        HandbooksApi.RequireName(name);
        var request = await reader.ReadAsync<HandbookBuildRequest>(http);
        IReadOnlyList<StrategyOptions> plan;
        try
        {
            plan = request.Strategies is { } strategies ? catalog.Bind(strategies) : [];
        }
        catch (StrategyPlanException e)
        {
            throw PlanReader.Refusal(e, PlanOrigin.Array);
        }
        Lesson[] lessons = [.. request.Problems.Select((problem, index) => new Lesson(problem.Question, LabelledProblem.Final(problem.Answer), Topics(problem, index)))];
        Tenant tenant = Tenant.Of(http);
        (Job job, _) = await jobs.StartAsync(tenant, "handbook_build", name, async (progress, cancellationToken) => JsonSerializer.SerializeToElement(
            await build.RunAsync(tenant, name, lessons, plan, request.MaxTokens, progress, cancellationToken), ApiJson.Instance.HandbookBuildResult), http.RequestAborted);
        return Results.Json(job, ApiJson.Instance.Job, statusCode: StatusCodes.Status202Accepted);
    }

    private static IReadOnlyList<string> Topics(LessonFields problem, int index)
    {
        // Checked as those of an entry would be.
        var fields = new BehaviourFields { Instruction = "An instruction that breaks no rule.", Topics = problem.Topics };
        return fields.ToBehaviour("behavior_topics", $"problems[{index}].").Topics;
    }
}
