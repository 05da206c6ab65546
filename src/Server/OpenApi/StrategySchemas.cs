using InferenceServer.Strategies;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>Adds every strategy of the catalog to the API description, and <c>Strategy</c>, which is one of them, told apart by its name.</summary>
public sealed class StrategySchemas(StrategyCatalog catalog) : IDocumentFilter
{
    public const string Union = "Strategy";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) =>
        PluginUnion.Add(swaggerDoc, Union, "One strategy of a plan; \"name\" says which, the other members are its options.", catalog.Names.Select(name => (name, catalog.Schema(name))));
}
