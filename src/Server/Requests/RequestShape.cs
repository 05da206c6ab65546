using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>A request record as JSON sees it: its settable properties by snake_case name, and the fields it knows but refuses. Built once per record.</summary>
internal sealed class RequestShape
{
    private static readonly ConcurrentDictionary<Type, RequestShape> Cache = new();

    private RequestShape(Type type)
    {
        Fields = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true })
            .Select(property => new RequestField(property))
            .ToDictionary(field => field.Name, StringComparer.Ordinal);
        Unsupported = type.GetCustomAttributes<UnsupportedAttribute>(inherit: true).ToDictionary(known => known.Field, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, RequestField> Fields { get; }
    public IReadOnlyDictionary<string, UnsupportedAttribute> Unsupported { get; }

    public static RequestShape Of(Type type) => Cache.GetOrAdd(type, static type => new(type));
}

/// <summary>One field of a request record.</summary>
internal sealed class RequestField(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;
    public string Name { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
    public string Description { get; } = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
    public RangeAttribute? Range { get; } = property.GetCustomAttribute<RangeAttribute>();
    public LengthAttribute? Length { get; } = property.GetCustomAttribute<LengthAttribute>();
    public bool IsRequired { get; } = property.IsDefined(typeof(RequiredMemberAttribute), inherit: false);
    public RequestBinder.ValueReader Read { get; } = RequestBinder.ReaderOf(property.PropertyType);
}
