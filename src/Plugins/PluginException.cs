namespace InferenceServer.Plugins;

/// <summary>A plug-in class breaks a rule of the catalog. Thrown at start-up; the message names the types and the rule.</summary>
public sealed class PluginException(string message) : Exception(message);

/// <summary>JSON that does not bind to a plug-in's options.</summary>
/// <param name="path">Where in the document, <c>strategies[1].n</c> for instance.</param>
/// <param name="message">What is wrong there and what is allowed; the path is not repeated.</param>
public sealed class PluginOptionsException(string path, string message) : Exception($"{path}: {message}")
{
    public string Path { get; } = path;

    /// <summary>The message without the path.</summary>
    public string Reason { get; } = message;
}
