using InferenceServer.Strategies;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>Adds every verifier of the catalog to the API description, and <c>Verifier</c>, which is one of them, told apart by its name.</summary>
public sealed class VerifierSchemas(StrategyCatalog catalog) : IDocumentFilter
{
    public const string Union = "Verifier";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) =>
        PluginUnion.Add(swaggerDoc, Union, "One verifier of a request; \"name\" says which, the other members are its options.",
            catalog.Verifiers.Verifiers.Select(plugin => (plugin.Name, catalog.Verifiers.Schema(plugin.Name))));
}
