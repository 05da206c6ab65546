namespace InferenceServer.Plugins;

/// <summary>
/// Makes a class a plug-in: found by <see cref="PluginCatalog"/> at start-up, chosen by name in requests and recipes. Nothing else needs editing.
/// </summary>
/// <param name="name">snake_case, unique among plug-ins of its kind.</param>
/// <param name="summary">One sentence for the API description.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PluginAttribute(string name, string summary) : Attribute
{
    public string Name { get; } = name;
    public string Summary { get; } = summary;

    /// <summary>Where the method comes from, "arXiv:2203.11171" for instance.</summary>
    public string? Paper { get; init; }
}
