namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Something that a template can call.</summary>
internal delegate object? Function(Arguments arguments);

/// <summary>The values that a function, filter or test is called with.</summary>
internal sealed record Arguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public int Count => Positional.Count;

    /// <summary>By position, else by name, else the default.</summary>
    public object? At(int position, string name, object? otherwise = null) =>
        position < Positional.Count ? Positional[position] : Named.TryGetValue(name, out object? value) ? value : otherwise;

    public string Text(int position, string name) => At(position, name) as string ?? throw new JinjaException($"the argument '{name}' must be a string");
}
