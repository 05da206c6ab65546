namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The one kind of value that a template can change: attributes that assignments inside loops reach.</summary>
internal sealed class Namespace() : Dictionary<string, object?>(StringComparer.Ordinal);
