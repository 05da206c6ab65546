using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Plugins;

/// <summary>
/// An options record as JSON sees it: its settable properties by snake_case name. The record needs a parameterless constructor, whose values are the defaults.
/// </summary>
internal sealed class PluginOptions
{
    /// <summary>The field that names the plug-in; present in every options object and not an option itself.</summary>
    public const string NameField = "name";

    private static readonly ConcurrentDictionary<Type, PluginOptions> Cache = new();

    private PluginOptions(Type type)
    {
        Type = type;
        Fields = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .Select(p => new PluginField(p))
            .OrderBy(f => f.Name == NameField ? 0 : 1)];
    }

    public Type Type { get; }
    public IReadOnlyList<PluginField> Fields { get; }

    public static PluginOptions Of(Type type) => Cache.GetOrAdd(type, static type => new(type));

    public PluginField? Find(string name) => Fields.FirstOrDefault(field => field.Name == name);

    /// <exception cref="PluginException">The record cannot be created, or an option has no description.</exception>
    public void RequireDocumented(Type plugin)
    {
        if (Type.GetConstructor(Type.EmptyTypes) is null)
            throw new PluginException($"{plugin}: its options {Type} need a parameterless constructor.");
        foreach (PluginField field in Fields)
            if (field.Name != NameField && string.IsNullOrWhiteSpace(field.Description))
                throw new PluginException($"{plugin}: the option {Type.Name}.{field.Property.Name} needs a [Description].");
    }

    /// <summary>A name as JSON spells it.</summary>
    public static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

/// <summary>One option.</summary>
internal sealed class PluginField(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;
    public string Name { get; } = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? PluginOptions.SnakeCase(property.Name);
    public string? Description { get; } = property.GetCustomAttribute<DescriptionAttribute>()?.Description;
    public RangeAttribute? Range { get; } = property.GetCustomAttribute<RangeAttribute>();
    public Type? NamesKind { get; } = property.GetCustomAttribute<PluginNameAttribute>()?.Kind;
    public bool IsRequired { get; } = property.IsDefined(typeof(RequiredMemberAttribute), inherit: false);

    /// <summary>Whether null is a value of this option.</summary>
    public bool IsNullable { get; } = Nullable.GetUnderlyingType(property.PropertyType) is not null
        || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);
}
