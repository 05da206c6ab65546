namespace InferenceServer.Server.Generation;

/// <summary>Where a request's plan came from.</summary>
/// <param name="Source">In the response's words: body, model, header, experiment or default.</param>
/// <param name="First">What <c>strategies[0]</c> is called there.</param>
/// <param name="Whole">What <c>strategies</c> is called there.</param>
public sealed record PlanOrigin(string Source, string First, string Whole)
{
    /// <summary>The plan's name in paths that come from below.</summary>
    public const string Field = "strategies";

    public static PlanOrigin Array { get; } = new("body", "strategies[0]", "strategies");
    public static PlanOrigin Single { get; } = new("body", "strategy", "strategy");
    public static PlanOrigin Model { get; } = new("model", "model", "model");
    public static PlanOrigin HeaderSingle { get; } = new("header", PlanReader.Header, PlanReader.Header);
    public static PlanOrigin HeaderArray { get; } = new("header", $"{PlanReader.Header}[0]", PlanReader.Header);
    public static PlanOrigin None { get; } = new("default", "strategies[0]", "strategies");

    /// <param name="arm">Where the arm stands: in the request, or in the experiment's definition.</param>
    public static PlanOrigin OfArm(string arm) => new("experiment", $"{arm}.strategies[0]", $"{arm}.strategies");

    /// <summary>A path below, in the words of the request. Paths that are no plan's stay as they are.</summary>
    public string PathOf(string path)
    {
        // The model's name has no fields.
        if (this == Model && path.StartsWith(Field, StringComparison.Ordinal))
            return First;
        if (path.StartsWith($"{Field}[0]", StringComparison.Ordinal))
            return First + path[$"{Field}[0]".Length..];
        return path.StartsWith(Field, StringComparison.Ordinal) ? Whole + path[Field.Length..] : path;
    }
}
