using System.Reflection;
using System.Text.Json;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Routers;

/// <summary>The routers of some assemblies by name.</summary>
public sealed class RouterCatalog
{
    private static readonly MethodInfo MakeMethod = typeof(RouterCatalog).GetMethod(nameof(Make), BindingFlags.Public | BindingFlags.Static)!;

    private readonly PluginCatalog _plugins;

    public RouterCatalog(params IEnumerable<Assembly> assemblies) => _plugins = new(assemblies);

    /// <summary>Those of this project.</summary>
    public static RouterCatalog BuiltIn { get; } = new(typeof(RouterCatalog).Assembly);

    public IReadOnlyCollection<Plugin> Routers => _plugins.Of(typeof(IRouter<>));

    /// <summary>Options as JSON Schema.</summary>
    public PluginSchema Schema => new(_plugins);

    /// <summary>Reads <c>{"name": "thompson", "reward": "correct", "floor": 0.02}</c>.</summary>
    /// <param name="path">Where it stands in its document.</param>
    /// <exception cref="PluginOptionsException">Something is unknown, of the wrong type or out of range.</exception>
    public Router Bind(JsonElement json, string path)
    {
        (Plugin plugin, object options) = new PluginJson(_plugins).Bind(typeof(IRouter<>), json, path);
        return (Router)MakeMethod.MakeGenericMethod(plugin.OptionsType!).Invoke(null, [plugin.Name, _plugins.Create(plugin), options])!;
    }

    /// <summary>A policy with options from code.</summary>
    public static Router Make<TOptions>(string name, IRouter<TOptions> router, TOptions options) where TOptions : RouterOptions =>
        new(name, options, (view, random) => router.Propensities(options, view, random));
}
