using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace InferenceServer.Server.OpenApi;

/// <summary>The plug-ins of one kind as a schema: one of them, told apart by <c>name</c>.</summary>
internal static class PluginUnion
{
    public static void Add(OpenApiDocument document, string union, string description, IEnumerable<(string Name, JsonObject Schema)> plugins)
    {
        var mapping = new Dictionary<string, OpenApiSchemaReference>();
        document.Components ??= new();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach ((string name, JsonObject schema) in plugins)
        {
            string id = $"{union}_{name}";
            document.Components.Schemas[id] = SchemaParsing.Parse(schema, document);
            mapping[name] = new OpenApiSchemaReference(id, document);
        }
        document.Components.Schemas[union] = new OpenApiSchema
        {
            Description = description,
            OneOf = [.. mapping.Values],
            Discriminator = new OpenApiDiscriminator { PropertyName = "name", Mapping = mapping },
        };
    }
}
