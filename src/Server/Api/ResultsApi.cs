using System.Net.Mime;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Api;

/// <summary>The measured results that come with the bundled model: docs/results.json, copied beside the program.</summary>
public static class ResultsApi
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "results.json");

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/results", () =>
            System.IO.File.Exists(File) ? Results.File(File, MediaTypeNames.Application.Json) : throw ApiException.ResultsNotFound())
        .Produces<object>()
        .WithTags("Operations")
        .WithName("getResults")
        .WithSummary("What was measured with the bundled model")
        .WithDescription("docs/results.json as the evaluation command wrote it: claims with their measures, intervals and tables. They are about the bundled model, whatever model is served.");
}
