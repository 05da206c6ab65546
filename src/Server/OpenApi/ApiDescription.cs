using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>The OpenAPI document and its page, /swagger.</summary>
internal static class ApiDescription
{
    private const string Document = "v1";

    public static void AddApiDescription(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        // Requests and responses are snake_case on the wire; the generator has to know, since the bodies are read and written by our own code.
        services.AddSingleton<ISerializerDataContractResolver>(new JsonSerializerDataContractResolver(new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.Strict,
        }));
        services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc(Document, new OpenApiInfo
            {
                Title = "Inference-time compute server",
                Version = "v1",
                Description = "An OpenAI-compatible API in which a request says how inference-time compute is spent: an ordered plan of strategies, budgets, and the bill.",
            });
            swagger.SupportNonNullableReferenceTypes();
            swagger.MapType<JsonNode>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
            swagger.SchemaFilter<RequestSchemas>();
            swagger.SchemaFilter<MemberSchemas>();
            swagger.OperationFilter<ErrorOperations>();
            swagger.DocumentFilter<StrategySchemas>();
            swagger.DocumentFilter<VerifierSchemas>();
        });
    }

    public static void UseApiDescription(this WebApplication app)
    {
        app.UseSwagger(swagger => swagger.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1);
        app.UseSwaggerUI(page => page.SwaggerEndpoint($"/swagger/{Document}/swagger.json", "v1"));
    }
}
