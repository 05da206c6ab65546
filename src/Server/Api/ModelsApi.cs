using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Api;

/// <summary>Which models are served: one.</summary>
public static class ModelsApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", (ServedModel model) => Results.Json(new ModelList([BodyOf(model)]), ApiJson.Instance.ModelList))
            .Produces<ModelList>().WithTags("OpenAI").WithName("listModels").WithSummary("List the models").WithDescription("The one model that this server serves.");
        routes.MapGet("/v1/models/{id}", (string id, ServedModel model, StrategyCatalog catalog) =>
                ModelName.Parse(id, model.Name).Strategy is { } strategy && catalog.Find(strategy) is null
                    ? throw ApiException.ModelNotFound(id, model.Name)
                    : Results.Json(BodyOf(model) with { Id = id }, ApiJson.Instance.ModelBody))
            .Produces<ModelBody>().WithTags("OpenAI").WithName("getModel").WithSummary("Describe a model")
            .WithDescription("A strategy may follow the name after a colon, as in a request's model field. 404 with code model_not_found for any other name.");
    }

    private static ModelBody BodyOf(ServedModel model) =>
        new(model.Name, model.Created.ToUnixTimeSeconds(), model.Language.ContextLength, model.Config.Parameters, model.Weights, model.Language.HasValue);
}
