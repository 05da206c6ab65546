using System.Reflection;
using System.Text.Json.Nodes;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>What reflection cannot tell about requests and responses: values with several forms, plans, and that unknown fields are refused.</summary>
public sealed class RequestSchemas : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema concrete)
            return;
        if (ValueSchema(context.Type) is { } value)
            Become(concrete, SchemaParsing.Parse(value));
        else if (concrete.Properties is { } properties)
        {
            // A plan is raw JSON in the records; only the catalog knows its form.
            if (properties.TryGetValue("strategies", out IOpenApiSchema? plan) && context.Type != typeof(StrategyList))
                properties["strategies"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchemaReference(StrategySchemas.Union), Description = plan.Description };
            if (properties.TryGetValue("verifiers", out IOpenApiSchema? verifiers))
                properties["verifiers"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchemaReference(VerifierSchemas.Union), Description = verifiers.Description };
            if (properties.ContainsKey("strategy"))
                properties["strategy"] = new OpenApiSchemaReference(StrategySchemas.Union);
        }
        if (context.Type.Namespace == typeof(SamplingFields).Namespace && concrete.Type == JsonSchemaType.Object)
            concrete.AdditionalPropertiesAllowed = false;
    }

    private static JsonObject? ValueSchema(Type type) => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestValue<>))
        ? (JsonObject)type.GetProperty(nameof(StopValue.Schema), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!
        : null;

    private static void Become(OpenApiSchema schema, OpenApiSchema other)
    {
        (schema.Type, schema.OneOf, schema.Items, schema.Enum) = (other.Type, other.OneOf, other.Items, other.Enum);
        (schema.Properties, schema.AdditionalProperties, schema.MaxProperties, schema.Required) = (other.Properties, other.AdditionalProperties, other.MaxProperties, null);
        schema.AdditionalPropertiesAllowed = other.AdditionalPropertiesAllowed;
    }
}
