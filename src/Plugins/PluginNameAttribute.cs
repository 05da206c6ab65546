namespace InferenceServer.Plugins;

/// <summary>Marks a string option that names a plug-in of another kind: only names in the catalog are accepted, and the schema lists them.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PluginNameAttribute(Type kind) : Attribute
{
    public Type Kind { get; } = kind;
}
