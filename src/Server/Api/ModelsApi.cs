using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Api;

/// <summary>What a request's <c>model</c> may be: the one model, and each experiment that runs.</summary>
public static class ModelsApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", async (HttpContext http, ServedModel model, ExperimentStore experiments) => Results.Json(
                new ModelList([BodyOf(model), .. (await RunningAsync(http, experiments)).Select(experiment => Named(model, experiment))]), ApiJson.Instance.ModelList))
            .Produces<ModelList>().WithTags("OpenAI").WithName("listModels").WithSummary("List the models")
            .WithDescription("The one model that this server serves, and exp/NAME for each experiment that runs. Without the experiments while shared state is away.");
        routes.MapGet("/v1/models/{id}", FindAsync)
            .Produces<ModelBody>().WithTags("OpenAI").WithName("getModel").WithSummary("Describe a model")
            .WithDescription("A strategy may follow the name after a colon, as in a request's model field; exp/NAME is an experiment. 404 with code model_not_found for any other name.");
        // Clients differ in whether they escape the slash.
        routes.MapGet($"/v1/models/{ModelName.ExperimentPrefix}{{name}}", (string name, HttpContext http, ServedModel model, StrategyCatalog catalog, ExperimentStore experiments) =>
                FindAsync(ModelName.ExperimentPrefix + name, http, model, catalog, experiments))
            .ExcludeFromDescription();
    }

    private static async Task<IResult> FindAsync(string id, HttpContext http, ServedModel model, StrategyCatalog catalog, ExperimentStore experiments)
    {
        id = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        ModelName name = ModelName.Parse(id, model.Name);
        if (name.Experiment is { } experiment)
            return await experiments.FindAsync(Tenant.Of(http).Name, experiment, http.RequestAborted) is { Status: not ExperimentStatus.Stopped } running
                ? Results.Json(Named(model, running), ApiJson.Instance.ModelBody)
                : throw ApiException.ModelNotFound(id, model.Name);
        return name.Strategy is { } strategy && catalog.Find(strategy) is null
            ? throw ApiException.ModelNotFound(id, model.Name)
            : Results.Json(BodyOf(model) with { Id = id }, ApiJson.Instance.ModelBody);
    }

    private static async Task<IEnumerable<Experiment>> RunningAsync(HttpContext http, ExperimentStore experiments)
    {
        try
        {
            return (await experiments.ListAsync(Tenant.Of(http).Name, http.RequestAborted)).Where(experiment => experiment.Status == ExperimentStatus.Running);
        }
        catch (StateUnavailableException)
        {
            return [];
        }
    }

    private static ModelBody Named(ServedModel model, Experiment experiment) => BodyOf(model) with { Id = ModelName.ExperimentPrefix + experiment.Name, Created = experiment.Created.ToUnixTimeSeconds() };

    private static ModelBody BodyOf(ServedModel model) =>
        new(model.Name, model.Created.ToUnixTimeSeconds(), model.Language.ContextLength, model.Config.Parameters, model.Weights, model.Language.HasValue);
}
