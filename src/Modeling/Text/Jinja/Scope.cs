namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Variables by name. A loop or a macro has a scope of its own: it sees those around it, and what it sets ends with it.</summary>
internal sealed class Scope(Scope? outer = null)
{
    private readonly Dictionary<string, object?> _variables = [];

    public object? this[string name]
    {
        get => _variables.TryGetValue(name, out object? value) ? value : outer is null ? new Undefined(name) : outer[name];
        set => _variables[name] = value;
    }
}
