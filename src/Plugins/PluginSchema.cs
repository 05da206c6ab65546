using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Plugins;

/// <summary>
/// JSON Schema of options records, for the API description and for forms: descriptions, ranges, enumerations and defaults come from the record itself.
/// </summary>
public sealed class PluginSchema(PluginCatalog catalog)
{
    /// <summary>The schema of one plug-in's object, its "name" fixed.</summary>
    public JsonObject Of(Plugin plugin)
    {
        JsonObject schema = plugin.OptionsType is { } options ? OfOptions(options) : new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() };
        schema["title"] = plugin.Name;
        schema["description"] = plugin.Paper is { } paper ? $"{plugin.Summary} ({paper})" : plugin.Summary;
        schema["properties"]![PluginOptions.NameField] = new JsonObject { ["type"] = "string", ["const"] = plugin.Name };
        JsonArray required = schema["required"] as JsonArray ?? [];
        required.Insert(0, PluginOptions.NameField);
        schema["required"] = required;
        return schema;
    }

    /// <summary>The schema of an options record.</summary>
    public JsonObject OfOptions(Type optionsType)
    {
        object defaults = Activator.CreateInstance(optionsType)!;
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (PluginField field in PluginOptions.Of(optionsType).Fields)
        {
            JsonObject property = OfType(Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType);
            if (field.IsNullable && property["type"] is { } type)
                property["type"] = new JsonArray(type.GetValue<string>(), "null");
            if (field.Description is { } description)
                property["description"] = description;
            if (field.Range is { } range)
            {
                property["minimum"] = JsonSerializer.SerializeToNode(range.Minimum);
                property["maximum"] = JsonSerializer.SerializeToNode(range.Maximum);
            }
            if (field.NamesKind is { } kind)
                property["enum"] = new JsonArray([.. catalog.Of(kind).Select(plugin => JsonValue.Create(plugin.Name))]);
            if (field.IsRequired)
                required.Add(field.Name);
            else if (field.Name != PluginOptions.NameField)
                property["default"] = PluginJson.WriteValue(field.Property.GetValue(defaults));
            properties[field.Name] = property;
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0)
            schema["required"] = required;
        return schema;
    }

    private JsonObject OfType(Type type)
    {
        if (type == typeof(string))
            return new() { ["type"] = "string" };
        if (type == typeof(bool))
            return new() { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long))
            return new() { ["type"] = "integer" };
        if (type == typeof(double) || type == typeof(float))
            return new() { ["type"] = "number" };
        if (type == typeof(JsonElement))
            return [];
        if (type.IsEnum)
            return new()
            {
                ["type"] = "string",
                ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => JsonValue.Create(PluginOptions.SnakeCase(name)))]),
            };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new() { ["type"] = "array", ["items"] = OfType(type.GetGenericArguments()[0]) };
        return OfOptions(type);
    }
}
