using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using InferenceServer.Server.Requests;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace InferenceServer.Server.OpenApi;

/// <summary>What the records themselves say about their members: which may be null, which are always there, their defaults, and the description of those that refer to
/// another schema.</summary>
public sealed class MemberSchemas : ISchemaFilter
{
    private static readonly NullabilityInfoContext Nullability = new();

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties: { } properties } record || context.Type.Assembly != typeof(MemberSchemas).Assembly)
            return;
        bool isRequest = context.Type.Namespace == typeof(SamplingFields).Namespace;
        object? defaults = isRequest ? Activator.CreateInstance(context.Type) : null;
        foreach (PropertyInfo member in context.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            string name = JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name);
            if (!properties.TryGetValue(name, out IOpenApiSchema? property))
                continue;
            NullabilityInfo nullability;
            lock (Nullability)
                nullability = Nullability.Create(member);
            bool isNullable = nullability.ReadState == NullabilityState.Nullable;
            if (property is OpenApiSchemaReference reference)
                reference.Description ??= member.GetCustomAttribute<DescriptionAttribute>()?.Description;
            else if (property is OpenApiSchema own)
            {
                if (!isNullable && own.Type is not null)
                    own.Type &= ~JsonSchemaType.Null;
                if (nullability.GenericTypeArguments is [{ ReadState: NullabilityState.Nullable }] && own.Items is OpenApiSchema items)
                    items.Type |= JsonSchemaType.Null;
                if (defaults is not null && member.PropertyType.IsValueType && !member.IsDefined(typeof(RequiredMemberAttribute)) && member.GetValue(defaults) is { } value)
                    own.Default = JsonSerializer.SerializeToNode(value);
            }
            // What a response may leave out is null in the record.
            if (!isRequest && !isNullable)
                (record.Required ??= new HashSet<string>()).Add(name);
        }
    }
}
