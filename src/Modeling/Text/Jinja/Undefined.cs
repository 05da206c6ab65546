namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>A variable, attribute or element that does not exist: empty and false, an error only where its content is needed.</summary>
internal sealed record Undefined(string Name)
{
    public JinjaException Error() => new($"'{Name}' is undefined");

    public override string ToString() => $"the undefined '{Name}'";
}
