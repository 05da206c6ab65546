using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceServer.Plugins;

/// <summary>
/// The plug-ins of some assemblies, scanned once at start-up: every concrete class with <see cref="PluginAttribute"/>, filed under each interface it
/// implements that carries <see cref="PluginKindAttribute"/>.
/// </summary>
public sealed partial class PluginCatalog : IServiceProvider
{
    private readonly Dictionary<Type, SortedDictionary<string, Plugin>> _kinds = [];
    private readonly Dictionary<Type, object> _sets = [];
    private readonly IServiceProvider? _services;

    /// <param name="assemblies">Where to look; an assembly given twice is scanned once.</param>
    /// <param name="services">Supplies constructor arguments of plug-ins; <see cref="PluginSet{T}"/> of any kind is supplied by the catalog itself.</param>
    /// <exception cref="PluginException">Two plug-ins of a kind share a name, or one breaks a rule.</exception>
    public PluginCatalog(IEnumerable<Assembly> assemblies, IServiceProvider? services = null)
    {
        _services = services;
        foreach (Assembly assembly in assemblies.Distinct())
            foreach (Type type in assembly.GetTypes())
                if (type.GetCustomAttribute<PluginAttribute>() is { } attribute)
                    Add(type, attribute);
    }

    /// <summary>Plug-ins of a kind, in order of name; empty when there are none.</summary>
    /// <param name="kind">The interface; a generic one without its argument, <c>typeof(IStrategy&lt;&gt;)</c>.</param>
    public IReadOnlyCollection<Plugin> Of(Type kind) => _kinds.TryGetValue(kind, out var plugins) ? plugins.Values : [];

    public Plugin? Find(Type kind, string name) => _kinds.TryGetValue(kind, out var plugins) ? plugins.GetValueOrDefault(name) : null;

    /// <summary>A new instance, its constructor's arguments taken from the services.</summary>
    /// <exception cref="InvalidOperationException">An argument is not among the services.</exception>
    public object Create(Plugin plugin) => ActivatorUtilities.CreateInstance(this, plugin.Type);

    /// <summary>What plug-ins' constructors may ask for: a <see cref="PluginSet{T}"/>, the catalog, or any of the host's services.</summary>
    object? IServiceProvider.GetService(Type serviceType)
    {
        if (serviceType == typeof(PluginCatalog))
            return this;
        if (!serviceType.IsGenericType || serviceType.GetGenericTypeDefinition() != typeof(PluginSet<>))
            return _services?.GetService(serviceType);
        lock (_sets)
        {
            if (!_sets.TryGetValue(serviceType, out object? set))
                _sets[serviceType] = set = Activator.CreateInstance(serviceType, this)!;
            return set;
        }
    }

    private void Add(Type type, PluginAttribute attribute)
    {
        if (type.IsAbstract || type.IsGenericTypeDefinition)
            throw new PluginException($"{type} has [Plugin] but is abstract or generic: the catalog could not create it.");
        if (!SnakeCase().IsMatch(attribute.Name))
            throw new PluginException($"{type}: the plug-in name '{attribute.Name}' must be snake_case (a-z, 0-9 and single underscores, a letter first).");
        if (string.IsNullOrWhiteSpace(attribute.Summary))
            throw new PluginException($"{type}: the plug-in '{attribute.Name}' needs a summary, one sentence for the API description.");

        Type[] kinds = [.. type.GetInterfaces().Where(i => Definition(i).IsDefined(typeof(PluginKindAttribute), inherit: false))];
        if (kinds.Length == 0)
            throw new PluginException($"{type} has [Plugin] but implements no interface with [PluginKind], so nothing could use it.");
        foreach (Type kind in kinds)
        {
            Type? options = kind.IsGenericType ? kind.GetGenericArguments()[0] : null;
            if (options is not null)
                PluginOptions.Of(options).RequireDocumented(type);
            var plugin = new Plugin(attribute.Name, attribute.Summary, attribute.Paper, type, options);
            if (!_kinds.TryGetValue(Definition(kind), out var plugins))
                _kinds[Definition(kind)] = plugins = new(StringComparer.Ordinal);
            if (!plugins.TryAdd(plugin.Name, plugin))
                throw new PluginException($"Two {KindName(kind)} plug-ins are named '{plugin.Name}': {plugins[plugin.Name].Type} and {type}. Rename one.");
        }
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    internal static string KindName(Type kind) => Definition(kind).GetCustomAttribute<PluginKindAttribute>()?.Name ?? kind.Name;

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();
}
