using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace InferenceServer.Server.OpenApi;

internal static class SchemaParsing
{
    /// <summary>A JSON Schema as the API description's own type.</summary>
    public static OpenApiSchema Parse(JsonObject schema, OpenApiDocument? document = null) =>
        OpenApiModelFactory.Parse<OpenApiSchema>(schema.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, document ?? new OpenApiDocument(), out OpenApiDiagnostic diagnostic)
            is { } parsed && diagnostic.Errors.Count == 0
            ? parsed
            : throw new InvalidOperationException($"Not a JSON Schema: {schema.ToJsonString()}");
}
