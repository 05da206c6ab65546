using InferenceServer.Server.Errors;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>Every operation may answer with an error object; docs/api.md has the codes.</summary>
public sealed class ErrorOperations : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        IOpenApiSchema error = context.SchemaGenerator.GenerateSchema(typeof(ErrorResponse), context.SchemaRepository);
        operation.Responses ??= [];
        operation.Responses.TryAdd("default", new OpenApiResponse
        {
            Description = "The request was refused or failed.",
            Content = new Dictionary<string, IOpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = error } },
        });
        if (operation.RequestBody is OpenApiRequestBody { Content: { } content } && RequestExamples.Of(operation.OperationId) is { } example)
            foreach (OpenApiMediaType media in content.Values.OfType<OpenApiMediaType>())
                media.Example = example;
    }
}
