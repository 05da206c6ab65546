using InferenceServer.Strategies;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>Adds every strategy of the catalog to the API description, and <c>Strategy</c>, which is one of them, told apart by its name.</summary>
public sealed class StrategySchemas(StrategyCatalog catalog) : IDocumentFilter
{
    public const string Union = "Strategy";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var mapping = new Dictionary<string, OpenApiSchemaReference>();
        swaggerDoc.Components ??= new();
        swaggerDoc.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach (string name in catalog.Names)
        {
            string id = $"{Union}_{name}";
            swaggerDoc.Components.Schemas[id] = SchemaParsing.Parse(catalog.Schema(name), swaggerDoc);
            mapping[name] = new OpenApiSchemaReference(id, swaggerDoc);
        }
        swaggerDoc.Components.Schemas[Union] = new OpenApiSchema
        {
            Description = "One strategy of a plan; \"name\" says which, the other members are its options.",
            OneOf = [.. mapping.Values],
            Discriminator = new OpenApiDiscriminator { PropertyName = "name", Mapping = mapping },
        };
    }
}
