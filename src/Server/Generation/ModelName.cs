using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Generation;

/// <summary>A request's <c>model</c>: the served model's name, that name with a strategy after a colon, or an experiment's, for clients that can set nothing else.</summary>
/// <param name="Strategy">What stands after the colon; null when nothing does.</param>
/// <param name="Experiment">What stands after <see cref="ExperimentPrefix"/>; null for a model's name. Whether there is such an experiment is not said.</param>
public readonly record struct ModelName(string? Strategy, string? Experiment)
{
    public const string ExperimentPrefix = "exp/";

    /// <exception cref="ApiException">404 for the name of another model.</exception>
    public static ModelName Parse(string? asked, string served)
    {
        // A served name with a colon of its own is recognised as a whole.
        if (asked is null || asked == served)
            return default;
        if (asked.StartsWith(ExperimentPrefix, StringComparison.Ordinal))
            return new(null, asked[ExperimentPrefix.Length..]);
        return asked.Length > served.Length + 1 && asked.StartsWith(served, StringComparison.Ordinal) && asked[served.Length] == ':'
            ? new(asked[(served.Length + 1)..], null)
            : throw ApiException.ModelNotFound(asked, served);
    }
}
