namespace InferenceServer.Strategies;

/// <summary>A plan that cannot run, found before a token was spent.</summary>
/// <param name="path">Where in the request, <c>strategies[1].n</c> for instance.</param>
/// <param name="message">What is wrong there and what is allowed; the path is not repeated.</param>
public sealed class StrategyPlanException(string path, string message, Exception? inner = null) : Exception($"{path}: {message}", inner)
{
    public string Path { get; } = path;

    /// <summary>The message without the path.</summary>
    public string Reason { get; } = message;
}
