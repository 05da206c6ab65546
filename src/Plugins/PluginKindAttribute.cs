namespace InferenceServer.Plugins;

/// <summary>
/// Marks an interface whose implementations are plug-ins of one kind. A generic one names its options: <c>IStrategy&lt;BestOfNOptions&gt;</c>.
/// </summary>
/// <param name="name">What a message calls the kind, "strategy" for instance.</param>
[AttributeUsage(AttributeTargets.Interface, Inherited = false)]
public sealed class PluginKindAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
