using System.Globalization;
using System.Reflection;
using System.Text.Json;
using InferenceServer.Plugins;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>
/// Binds a JSON object to a request record, field by field, so that whatever is wrong is said with its JSON path and what would be right. The record's
/// properties, ranges and descriptions are the API description too.
/// </summary>
/// <param name="strict">Refuse fields that the record does not have; otherwise they are ignored.</param>
public sealed class RequestBinder(bool strict)
{
    internal delegate object ValueReader(RequestBinder binder, JsonElement value, string path);

    /// <exception cref="ApiException">400: the message and <c>param</c> name the field.</exception>
    public T Bind<T>(JsonElement json, string path = "") where T : class => (T)Bind(typeof(T), json, path);

    private object Bind(Type type, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw ApiException.InvalidType(path, "an object", JsonKind.Of(json));
        var shape = RequestShape.Of(type);
        object record = Activator.CreateInstance(type)!;
        foreach (JsonProperty property in json.EnumerateObject())
        {
            string name = NameOf(property, path), fieldPath = Join(path, name);
            // As in OpenAI's API, null is the same as absent.
            if (property.Value.ValueKind == JsonValueKind.Null && (shape.Fields.ContainsKey(name) || shape.Unsupported.ContainsKey(name)))
                continue;
            if (shape.Fields.TryGetValue(name, out RequestField? field))
                field.Property.SetValue(record, Read(field, property.Value, fieldPath));
            else if (shape.Unsupported.TryGetValue(name, out UnsupportedAttribute? known))
                RefuseUnlessNeutral(known, property.Value, fieldPath);
            else if (strict)
                throw Unknown(name, fieldPath, shape);
        }
        foreach (RequestField field in shape.Fields.Values)
            if (field.IsRequired && field.Property.GetValue(record) is null)
                throw ApiException.Missing(Join(path, field.Name), field.Description);
        return record;
    }

    private object Read(RequestField field, JsonElement value, string path)
    {
        object result = field.Read(this, value, path);
        if (field.Range is { } range && !range.IsValid(result))
            throw OutOfRange(path, JsonKind.Shorten(value.GetRawText()), range.Minimum, range.Maximum);
        if (field.Length is { } length && value.ValueKind == JsonValueKind.Array && (value.GetArrayLength() < length.MinimumLength || value.GetArrayLength() > length.MaximumLength))
            throw ApiException.InvalidValue(path, value.GetArrayLength() < length.MinimumLength
                ? $"must have at least {length.MinimumLength} element(s), but it has {value.GetArrayLength()}."
                : $"may have at most {length.MaximumLength} elements, but it has {value.GetArrayLength()}.");
        return result;
    }

    private static ApiException OutOfRange(string path, string value, object minimum, object maximum) => ApiException.InvalidValue(path, string.Create(CultureInfo.InvariantCulture,
        $"is {value}, which is out of range; {(maximum is int.MaxValue or long.MaxValue ? $"it must be at least {minimum}" : $"it must be from {minimum} to {maximum}")}."));

    private static void RefuseUnlessNeutral(UnsupportedAttribute known, JsonElement value, string path)
    {
        foreach (string neutral in known.Neutral)
        {
            using var document = JsonDocument.Parse(neutral);
            if (JsonElement.DeepEquals(document.RootElement, value))
                return;
        }
        throw ApiException.Unsupported(path, known.Reason);
    }

    private static ApiException Unknown(string name, string path, RequestShape shape)
    {
        string message = $"'{JsonKind.Shorten(path)}' is not a field of this request";
        message += Spelling.Nearest(name, shape.Fields.Keys) is { } near ? $"; did you mean '{near}'?"
            : path == name ? "." : $"; fields here are {string.Join(", ", shape.Fields.Keys.Order(StringComparer.Ordinal))}.";
        return ApiException.Invalid("unknown_parameter", path, $"{message} Start the server with --lenient to ignore unknown fields.");
    }

    private static string NameOf(JsonProperty property, string path)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid("invalid_utf8", path.Length == 0 ? null : path, "The name of a field holds half of a \\u surrogate pair, which is not text.");
        }
    }

    private static string Join(string path, string field) => path.Length == 0 ? field : $"{path}.{field}";

    internal static ValueReader ReaderOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return static (_, value, path) => JsonScalar.String(value, path);
        if (type == typeof(bool))
            return static (_, value, path) => JsonScalar.Boolean(value, path);
        if (type == typeof(int))
            return static (_, value, path) => JsonScalar.Int32(value, path);
        if (type == typeof(long))
            return static (_, value, path) => JsonScalar.Int64(value, path);
        if (type == typeof(double))
            return static (_, value, path) => JsonScalar.Number(value, path);
        if (type == typeof(JsonElement))
            return static (_, value, _) => value;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return ListReader(type.GetGenericArguments()[0]);
        if (type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestValue<>)))
            return typeof(RequestBinder).GetMethod(nameof(ReadValue), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).CreateDelegate<ValueReader>();
        return (binder, value, path) => binder.Bind(type, value, path);
    }

    private static ValueReader ListReader(Type elementType)
    {
        ValueReader element = ReaderOf(elementType);
        return (binder, value, path) =>
        {
            if (value.ValueKind != JsonValueKind.Array)
                throw ApiException.InvalidType(path, "an array", JsonKind.Of(value));
            var list = Array.CreateInstance(elementType, value.GetArrayLength());
            int index = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                list.SetValue(element(binder, item, $"{path}[{index}]"), index);
                index++;
            }
            return list;
        };
    }

    private static object ReadValue<T>(RequestBinder binder, JsonElement value, string path) where T : IRequestValue<T> => T.Read(value, path);
}
