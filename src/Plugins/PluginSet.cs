using System.Collections.Concurrent;

namespace InferenceServer.Plugins;

/// <summary>
/// All plug-ins of one kind without options, by name; each is created when first asked for and shared from then on. Ask for it in a constructor.
/// </summary>
/// <typeparam name="T">The kind's interface.</typeparam>
public sealed class PluginSet<T>(PluginCatalog catalog) where T : class
{
    private readonly ConcurrentDictionary<string, T> _instances = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => catalog.Of(typeof(T)).Select(plugin => plugin.Name);

    /// <exception cref="KeyNotFoundException">No plug-in of this kind has that name. Names bound from JSON are checked before.</exception>
    public T this[string name] => _instances.GetOrAdd(name, static (name, catalog) => (T)catalog.Create(catalog.Find(typeof(T), name)
        ?? throw new KeyNotFoundException($"There is no {PluginCatalog.KindName(typeof(T))} '{name}'.")), catalog);
}
