using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Plugins;

/// <summary>Binds JSON to options records, strictly: what is not understood is refused with its path and what would be allowed.</summary>
public sealed class PluginJson(PluginCatalog catalog)
{
    /// <summary>Reads the plug-in that an object's "name" chooses, and its options.</summary>
    /// <param name="kind">The plug-ins to choose from, <c>typeof(IStrategy&lt;&gt;)</c> for instance.</param>
    /// <param name="json">An object <c>{"name": ..., ...}</c>.</param>
    /// <param name="path">Where it stands in its document, for messages.</param>
    /// <exception cref="PluginOptionsException">Anything in it is unknown, missing, of the wrong type or out of range.</exception>
    public (Plugin Plugin, object Options) Bind(Type kind, JsonElement json, string path)
    {
        string kindName = PluginCatalog.KindName(kind);
        if (json.ValueKind != JsonValueKind.Object)
            throw new PluginOptionsException(path, $"expected an object with a \"name\" and its options, got {Kind(json)}.");
        string namePath = Join(path, PluginOptions.NameField);
        if (!json.TryGetProperty(PluginOptions.NameField, out JsonElement name))
            throw new PluginOptionsException(namePath, $"is missing; it chooses the {kindName}, one of {Names(kind)}.");
        if (name.ValueKind != JsonValueKind.String)
            throw new PluginOptionsException(namePath, $"expected a string, got {Kind(name)}.");
        Plugin plugin = catalog.Find(kind, name.GetString()!)
            ?? throw new PluginOptionsException(namePath, Unknown($"{kindName}", name.GetString()!, catalog.Of(kind).Select(p => p.Name)));
        return (plugin, BindOptions(plugin.OptionsType ?? throw new ArgumentException($"{kindName} plug-ins have no options.", nameof(kind)), json, path));
    }

    /// <summary>Reads one options record.</summary>
    /// <exception cref="PluginOptionsException">As for <see cref="Bind"/>.</exception>
    public object BindOptions(Type optionsType, JsonElement json, string path)
    {
        PluginOptions type = PluginOptions.Of(optionsType);
        object options = Activator.CreateInstance(optionsType)!;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in json.EnumerateObject())
        {
            string fieldPath = Join(path, property.Name);
            PluginField field = type.Find(property.Name)
                ?? throw new PluginOptionsException(fieldPath, Unknown("option", property.Name, type.Fields.Select(f => f.Name)));
            if (!seen.Add(property.Name))
                throw new PluginOptionsException(fieldPath, "is given twice.");
            field.Property.SetValue(options, Read(field, property.Value, fieldPath));
        }
        foreach (PluginField field in type.Fields)
            if (field.IsRequired && !seen.Contains(field.Name))
                throw new PluginOptionsException(Join(path, field.Name), $"is missing; {field.Description}");
        return options;
    }

    /// <summary>The JSON that binds to equal options, defaults filled in.</summary>
    public static JsonObject Write(object options)
    {
        var json = new JsonObject();
        foreach (PluginField field in PluginOptions.Of(options.GetType()).Fields)
            json[field.Name] = WriteValue(field.Property.GetValue(options));
        return json;
    }

    internal static JsonNode? WriteValue(object? value) => value switch
    {
        null => null,
        Enum => JsonValue.Create(PluginOptions.SnakeCase(value.ToString()!)),
        JsonElement json => JsonSerializer.SerializeToNode(json),
        string or bool or int or long or float or double => JsonSerializer.SerializeToNode(value),
        System.Collections.IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(WriteValue)]),
        _ => Write(value),
    };

    private object? Read(PluginField field, JsonElement json, string path)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return field.IsNullable ? null : throw new PluginOptionsException(path, "must not be null; leave it out for its default.");
        object value = ReadValue(Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType, json, path);
        if (field.Range is { } range && !range.IsValid(value))
            throw new PluginOptionsException(
                path, string.Create(CultureInfo.InvariantCulture, $"{value} is out of range: from {range.Minimum} to {range.Maximum} is allowed."));
        if (field.NamesKind is { } kind && catalog.Find(kind, (string)value) is null)
            throw new PluginOptionsException(path, Unknown(PluginCatalog.KindName(kind), (string)value, catalog.Of(kind).Select(p => p.Name)));
        return value;
    }

    private object ReadValue(Type type, JsonElement json, string path)
    {
        if (type == typeof(string))
            return json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Expected("a string");
        if (type == typeof(bool))
            return json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : throw Expected("true or false");
        if (type == typeof(int))
            return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int i) ? i : throw Expected("a whole number");
        if (type == typeof(long))
            return json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long l) ? l : throw Expected("a whole number");
        if (type == typeof(double))
            return json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out double d) && double.IsFinite(d) ? d : throw Expected("a number");
        if (type == typeof(float))
            return json.ValueKind == JsonValueKind.Number && json.TryGetSingle(out float f) && float.IsFinite(f) ? f : throw Expected("a number");
        if (type == typeof(JsonElement))
            return json.Clone();
        if (type.IsEnum)
            return ReadEnum(type, json, path);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return ReadList(type.GetGenericArguments()[0], json, path);
        if (json.ValueKind != JsonValueKind.Object)
            throw Expected("an object");
        return BindOptions(type, json, path);

        PluginOptionsException Expected(string what) => new(path, $"expected {what}, got {Kind(json)}.");
    }

    private static object ReadEnum(Type type, JsonElement json, string path)
    {
        string[] names = [.. Enum.GetNames(type).Select(PluginOptions.SnakeCase)];
        if (json.ValueKind != JsonValueKind.String)
            throw new PluginOptionsException(path, $"expected one of {Quote(names)}, got {Kind(json)}.");
        int index = Array.IndexOf(names, json.GetString());
        return index >= 0 ? Enum.GetValues(type).GetValue(index)! : throw new PluginOptionsException(path, Unknown("value", json.GetString()!, names));
    }

    private Array ReadList(Type element, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Array)
            throw new PluginOptionsException(path, $"expected an array, got {Kind(json)}.");
        var list = Array.CreateInstance(element, json.GetArrayLength());
        int index = 0;
        foreach (JsonElement item in json.EnumerateArray())
        {
            list.SetValue(ReadValue(element, item, $"{path}[{index}]"), index);
            index++;
        }
        return list;
    }

    private static string Unknown(string what, string name, IEnumerable<string> allowed)
    {
        string[] names = [.. allowed];
        return Spelling.Nearest(name, names) is { } near
            ? $"there is no {what} '{name}'; did you mean '{near}'? Allowed: {Quote(names)}."
            : $"there is no {what} '{name}'; allowed: {Quote(names)}.";
    }

    private string Names(Type kind) => Quote(catalog.Of(kind).Select(plugin => plugin.Name));

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));

    private static string Join(string path, string field) => path.Length == 0 ? field : $"{path}.{field}";

    private static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => $"the number {json.GetRawText()}",
        JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
        _ => "nothing",
    };
}
